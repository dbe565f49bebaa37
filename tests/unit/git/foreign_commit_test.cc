// Commits that git takes and libgit2 does not read: everything works over them.

#include <algorithm>

#include "absl/strings/str_join.h"
#include "tests/unit/git/engine_fixture.h"

namespace gitsync {
namespace {

using testing::ElementsAre;
using testing::SizeIs;

struct ForeignCommit {
  const char* name;
  // A sed script over the commit object.
  const char* change;
};

class ForeignCommitTest : public EngineTest,
                          public testing::WithParamInterface<ForeignCommit> {
 protected:
  // Puts `change`, a sed script, to the commit that the branch is at.
  std::string Amend(const std::string& change) const {
    return Git(absl::StrCat("cat-file commit main | LC_ALL=C sed '", change,
                            "' | git -C remote.git hash-object -t commit -w --stdin "
                            "--literally > id && git -C remote.git update-ref "
                            "refs/heads/main $(cat id) && cat id"));
  }
};

TEST_P(ForeignCommitTest, IsReadWalkedComparedAndBuiltOn) {
  const std::string first = CommitFromElsewhere("apps/orders/app.json", "1");
  CommitFromElsewhere("apps/orders/definition/a.json", "x");
  const std::string odd = Amend(GetParam().change);
  // At the tip, and then below it.
  for (const std::string& above : {std::string(), std::string("README.md")}) {
    const std::string tip = above.empty() ? odd : CommitFromElsewhere(above, "hello");
    const auto resolved = engine_->Resolve(repository_, "main", nullptr, context_);
    ASSERT_OK(resolved);
    EXPECT_EQ(resolved->commit_id, tip);
    const auto folder = engine_->ReadFolder(repository_, tip, "apps/orders");
    ASSERT_OK(folder);
    EXPECT_THAT(folder->files, SizeIs(2));
    const auto updates =
        engine_->Log(repository_, tip, first, "apps/orders", {}, context_);
    ASSERT_OK(updates);
    ASSERT_THAT(updates->commits, SizeIs(1));
    EXPECT_EQ(updates->commits.front().id, odd);
    const auto last = engine_->LastCommits(repository_, tip, {"apps/orders"}, context_);
    ASSERT_OK(last);
    EXPECT_EQ(last->front().id, odd);
    for (const std::string& ancestor : {first, odd}) {
      const auto is = engine_->IsAncestor(repository_, ancestor, tip);
      ASSERT_OK(is);
      EXPECT_TRUE(*is);
    }
    const auto is_not = engine_->IsAncestor(repository_, tip, first);
    ASSERT_OK(is_not);
    EXPECT_FALSE(*is_not);
    // By an abbreviated id, and in a new mirror too.
    const auto by_id =
        engine_->Resolve(repository_, odd.substr(0, 10), nullptr, context_);
    ASSERT_OK(by_id);
    EXPECT_EQ(by_id->commit_id, odd);
  }

  PushRequest request =
      Request({{"app.json", "2"}, {"definition/a.json", "x"}}, "built on it");
  request.base_tree_id = Git("rev-parse main:apps/orders");
  const auto pushed = Push(request);

  ASSERT_OK(pushed);
  EXPECT_TRUE(pushed->changed);
  EXPECT_EQ(TipOf(), pushed->commit_id);
  EXPECT_EQ(FileAt("apps/orders/app.json"), "2");
  EXPECT_EQ(FileAt("README.md"), "hello");
  engine_->DropMirror(repository_.mirror_id);
  const auto again = engine_->Resolve(repository_, "main", nullptr, context_);
  ASSERT_OK(again);
  const auto is = engine_->IsAncestor(repository_, first, again->commit_id);
  ASSERT_OK(is);
  EXPECT_TRUE(*is);
}

constexpr ForeignCommit kForeignCommits[] = {
    {"AuthorBefore1970", "s/^author .*/author A <a@b> 18446744073709548016 +0100/"},
    {"AuthorBefore1970WithSign", "s/^author .*/author A <a@b> -3600 +0100/"},
    {"CommitterBefore1970",
     "s/^committer .*/committer A <a@b> 18446744073709548016 +0100/"},
    {"CommitterFarInTheFuture", "s/^committer .*/committer A <a@b> 99999999999999 +0/"},
    {"DatesBeyond64Bits",
     "s/^\\(author\\|committer\\) .*/\\1 A <a@b> 99999999999999999999999 +0000/"},
    {"AuthorWithoutMail", "s/^author .*/author Foo Bar 1282910542 +0200/"},
    {"CommitterWithoutMail", "s/^committer .*/committer Foo Bar 1282910542 +0200/"},
    {"NobodyAtNoTime", "s/^\\(author\\|committer\\) .*/\\1 /"},
    {"NoAuthor", "/^author /d"},
    {"NoCommitter", "/^committer /d"},
    {"TwoAuthors", "s/^author .*/&\\n&/"},
    {"TextThatIsNoUtf8", "s/Other/J\\xf6rg/g;s/edit/Gr\\xf6\\xdfe/"},
    {"AnotherEncoding",
     "s/^committer .*/&\\nencoding ISO-8859-1/;s/edit/Gr\\xf6\\xdfe/"},
};

INSTANTIATE_TEST_SUITE_P(, ForeignCommitTest, testing::ValuesIn(kForeignCommits),
                         [](const auto& test) { return test.param.name; });

using WalkTest = EngineTest;

TEST_F(WalkTest, HistoryThatWasCutEndsThere) {
  CommitFromElsewhere("apps/orders/app.json", "1");
  const std::string second = CommitFromElsewhere("apps/orders/app.json", "2");
  const std::string third = CommitFromElsewhere("README.md", "hello");
  Sh("git clone -q --bare --depth 2 file://$PWD/remote.git cut.git && rm -rf "
     "remote.git "
     "&& mv cut.git remote.git");

  const auto resolved = engine_->Resolve(repository_, "main", nullptr, context_);

  ASSERT_OK(resolved);
  EXPECT_EQ(resolved->commit_id, third);
  const auto last = engine_->LastCommits(repository_, third, {"apps/orders"}, context_);
  ASSERT_OK(last);
  EXPECT_EQ(last->front().id, second);
  const auto log = engine_->Log(repository_, third, "", "apps/orders", {}, context_);
  ASSERT_OK(log);
  ASSERT_THAT(log->commits, SizeIs(1));
  EXPECT_EQ(log->commits.front().id, second);
  const auto is = engine_->IsAncestor(repository_, std::string(40, 'a'), third);
  ASSERT_OK(is);
  EXPECT_FALSE(*is);
  PushRequest request = Request({{"app.json", "3"}});
  request.base_tree_id = Git("rev-parse main:apps/orders");
  ASSERT_OK(Push(request));
  EXPECT_EQ(FileAt("apps/orders/app.json"), "3");
}

// What is hidden may be come to before what hides it, if its date is later.
TEST_F(WalkTest, DatesInAnyOrderHideTheSameCommits) {
  const int64_t dates[][4] = {{1000000001, 1000000002, 1000000003, 1000000004},
                              {1000000004, 1000000003, 1000000002, 1000000001},
                              {1000000003, 1000000003, 1000000003, 1000000003},
                              {1000000002, 1900000000, 1000000001, 1000000003},
                              {1900000000, 1000000001, 1900000001, 1000000002}};
  int number = 0;
  int changes = 0;
  for (const auto& times : dates) {
    const std::string branch = absl::StrCat("b", ++number);
    const auto on = [&](const std::string& file, int64_t time) {
      setenv("GIT_COMMITTER_DATE", absl::StrCat(time, " +0000").c_str(), 1);
      return CommitFromElsewhere(file, absl::StrCat(++changes), branch);
    };
    on("f", times[0]);
    const std::string until = on("f", times[1]);
    const std::string third = on("f", times[2]);
    const std::string tip = on("f", times[3]);
    unsetenv("GIT_COMMITTER_DATE");
    ASSERT_OK(engine_->Resolve(repository_, branch, nullptr, context_));
    const auto log = engine_->Log(repository_, tip, until, "", {}, context_);
    ASSERT_OK(log);
    std::vector<std::string> ids;
    for (const CommitInfo& info : log->commits) ids.push_back(info.id);
    EXPECT_THAT(ids, ElementsAre(tip, third)) << branch;
    const auto is = engine_->IsAncestor(repository_, until, tip);
    ASSERT_OK(is);
    EXPECT_TRUE(*is) << branch;
  }
}

// Both sides of a merge are newer than what they come from, and all of one date.
TEST_F(WalkTest, MergesAreWalkedLikeGitWalksThem) {
  const std::string base = CommitFromElsewhere("f", "0");
  Git("branch other");
  for (int i = 0; i < 3; ++i) {
    CommitFromElsewhere("f", absl::StrCat("main", i));
    CommitFromElsewhere("g", absl::StrCat("other", i), "other");
  }
  const std::string tree = Git("rev-parse main^{tree}");
  Git(absl::StrCat("update-ref refs/heads/main $(git -C remote.git commit-tree ", tree,
                   " -p main -p other -m merge)"));
  ASSERT_OK(engine_->Resolve(repository_, "main", nullptr, context_));

  for (const std::string& until : {base, Git("rev-parse main^1~1"),
                                   Git("rev-parse other"), Git("rev-parse other~1")}) {
    const auto log = engine_->Log(repository_, TipOf(), until, "", {}, context_);
    ASSERT_OK(log);
    std::vector<std::string> ids;
    for (const CommitInfo& info : log->commits) ids.push_back(info.id);
    std::sort(ids.begin(), ids.end());
    // Without those that change nothing against one of their parents: the merge.
    EXPECT_EQ(absl::StrJoin(ids, "\n"),
              Git(absl::StrCat("rev-list --no-merges main ^", until, " | sort")));
  }
}

}  // namespace
}  // namespace gitsync
