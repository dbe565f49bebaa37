#include <thread>

#include "tests/unit/git/engine_fixture.h"

namespace gitsync {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::StartsWith;

const GitFiles kFiles = {{"app.json", "{}\n"},
                         {"definition/a.json", "1\n"},
                         {"definition/pages/home.json", "2\n"}};

class PushTest : public EngineTest {
 protected:
  // Pushes kFiles, and returns the tree to build on.
  std::string PushFirst() {
    const auto result = Push(Request(kFiles, "first"));
    EXPECT_OK(result);
    return result.ok() ? result->tree_id : "";
  }

  static GitFiles With(const std::string& path, const std::string& content) {
    GitFiles files = kFiles;
    files[path] = content;
    return files;
  }
};

TEST_F(PushTest, EmptyRepositoryGetsARootCommit) {
  ASSERT_OK_AND_ASSIGN(const PushResult result, Push(Request(kFiles, "first\n\nx")));

  EXPECT_TRUE(result.changed);
  EXPECT_EQ(result.commit_id, TipOf());
  EXPECT_EQ(result.tree_id, Git("rev-parse main:apps/orders"));
  EXPECT_EQ(Git("log -1 --format='%an <%ae> %at|%cn <%ce> %ct|%s|%b'"),
            "Ann <ann@example.com> 1700000000|GitSync <gitsync@example.com> "
            "1700000000|first|x");
  EXPECT_EQ(FileAt("apps/orders/definition/pages/home.json"), "2");
  ASSERT_EQ(intents_.size(), 1);
  EXPECT_EQ(intents_[0].base_commit_id, "");
  EXPECT_EQ(intents_[0].commit_id, result.commit_id);
  EXPECT_EQ(intents_[0].tree_id, result.tree_id);
  ExpectFsckClean();
}

TEST_F(PushTest, SameContentTwiceMakesOneCommit) {
  const std::string tree = PushFirst();
  PushRequest again = Request(kFiles);
  again.base_tree_id = tree;

  ASSERT_OK_AND_ASSIGN(const PushResult result, Push(again));

  EXPECT_FALSE(result.changed);
  EXPECT_EQ(result.commit_id, TipOf());
  EXPECT_EQ(CommitsOn(), 1);
  EXPECT_EQ(intents_.size(), 1);
}

TEST_F(PushTest, SameContentWithoutABaseIsNoConflict) {
  PushFirst();

  ASSERT_OK_AND_ASSIGN(const PushResult result, Push(Request(kFiles)));

  EXPECT_FALSE(result.changed);
}

TEST_F(PushTest, WarmPushNeedsOneConversation) {
  PushRequest request = Request(With("app.json", "new"));
  request.base_tree_id = PushFirst();
  transport_.receive_packs = transport_.upload_packs = 0;

  ASSERT_OK(Push(request));

  EXPECT_EQ(transport_.receive_packs, 1);
  EXPECT_EQ(transport_.upload_packs, 0);
}

TEST_F(PushTest, ReplacesOwnedPathsAndLeavesTheRest) {
  CommitFromElsewhere("README.md", "hello");
  const std::string tree = PushFirst();
  CommitFromElsewhere("apps/orders/NOTES.md", "theirs");
  PushRequest request = Request({{"app.json", "{}\n"}, {"definition", "a file now"}});
  request.base_tree_id = tree;

  ASSERT_OK(Push(request));

  EXPECT_EQ(Git("ls-tree -r --name-only main"),
            "README.md\napps/orders/NOTES.md\napps/orders/app.json\n"
            "apps/orders/definition");
  EXPECT_EQ(Git("log --format=%s main"),
            "push\nedit apps/orders/NOTES.md\nfirst\nedit README.md");
  ExpectFsckClean();
}

TEST_F(PushTest, FileBecomesFolder) {
  PushRequest request = Request({{"app.json", "{}\n"}, {"definition", "a file"}});
  ASSERT_OK_AND_ASSIGN(const PushResult first, Push(request));
  PushRequest second = Request(kFiles);
  second.base_tree_id = first.tree_id;

  ASSERT_OK(Push(second));

  EXPECT_EQ(FileAt("apps/orders/definition/a.json"), "1");
  ExpectFsckClean();
}

TEST_F(PushTest, DeepPrefixFolderIsMade) {
  PushRequest request = Request(kFiles);
  request.folder = "some/where/apps/orders";

  ASSERT_OK_AND_ASSIGN(const PushResult result, Push(request));

  EXPECT_EQ(result.tree_id, Git("rev-parse main:some/where/apps/orders"));
}

TEST_F(PushTest, FileInPlaceOfTheFolderIsRefused) {
  CommitFromElsewhere("apps", "a file");
  PushRequest request = Request(kFiles);
  request.force = true;

  EXPECT_THAT(Push(request), StatusIs(absl::StatusCode::kFailedPrecondition,
                                      reason::kInvalidGitContent));
  EXPECT_EQ(CommitsOn(), 1);
}

TEST_F(PushTest, NewBranchStartsAtTheBaseBranch) {
  CommitFromElsewhere("README.md", "hello");
  PushRequest request = Request(kFiles);
  request.branch = "release/1";
  request.base_branch = "main";

  ASSERT_OK(Push(request));

  EXPECT_EQ(CommitsOn("release/1"), 2);
  EXPECT_EQ(CommitsOn("main"), 1);
}

TEST_F(PushTest, NewBranchOfTheSameContentNeedsNoCommit) {
  const std::string tree = PushFirst();
  PushRequest request = Request(kFiles);
  request.branch = "release";
  request.base_branch = "main";
  request.base_tree_id = tree;

  ASSERT_OK_AND_ASSIGN(const PushResult result, Push(request));

  EXPECT_TRUE(result.changed);
  EXPECT_EQ(TipOf("release"), TipOf("main"));
  EXPECT_EQ(result.commit_id, TipOf("main"));
}

TEST_F(PushTest, NewBranchWithoutABaseBranchStartsAtTheDefaultOne) {
  const std::string start = CommitFromElsewhere("README.md", "hello");
  CommitFromElsewhere("README.md", "unrelated", "a");
  PushRequest request = Request(kFiles);
  request.branch = "other";
  for (const char* base : {"absent", "other"}) {
    Git("update-ref -d refs/heads/other");
    // Known to the mirror, and not.
    engine_->DropMirror("mirror-1");
    request.base_branch = base;

    ASSERT_OK(Push(request));

    EXPECT_EQ(Git("rev-parse other~1"), start);
    EXPECT_EQ(CommitsOn("other"), 2);
  }
  ExpectFsckClean();
}

TEST_F(PushTest, NewBranchInARepositoryOfTagsIsARootCommit) {
  const std::string commit = CommitFromElsewhere("README.md", "hello");
  Git("tag v1 " + commit);
  Git("update-ref -d refs/heads/main");

  ASSERT_OK(Push(Request(kFiles)));

  EXPECT_EQ(CommitsOn(), 1);
}

TEST_F(PushTest, MissingBranchesThatCanNotBeStartedAreNamed) {
  CommitFromElsewhere("README.md", "hello", "trunk");
  const struct {
    const char* what;
    const char* head;
    bool was_there;
  } cases[] = {{"no default branch", "refs/heads/main", false},
               {"a branch that was renamed", "refs/heads/trunk", true},
               {"both", "refs/heads/main", true}};
  for (const auto& one : cases) {
    SCOPED_TRACE(one.what);
    Git(absl::StrCat("symbolic-ref HEAD ", one.head));
    PushRequest request = Request(kFiles);
    request.base_branch = "main";
    request.base_was_there = one.was_there;

    const auto result = Push(request);

    EXPECT_THAT(result, StatusIs(absl::StatusCode::kFailedPrecondition,
                                 reason::kGitBranchMissing));
    EXPECT_THAT(BranchesOf(result.status()).names, ElementsAre("trunk"));
    EXPECT_EQ(Git("for-each-ref --format='%(refname)'"), "refs/heads/trunk");
  }
}

// Whoever looks at the answer finds the version in that commit, and only that changed
// it.
TEST_F(PushTest, ContentThatIsThereIsAnsweredWithTheCommitThatBroughtIt) {
  const std::string tree = PushFirst();
  const std::string first = TipOf();
  CommitFromElsewhere("README.md", "hello");
  CommitFromElsewhere("apps/others/app.json", "hello");
  PushRequest again = Request(kFiles);
  again.base_tree_id = tree;
  PushRequest other = Request(kFiles, "other");
  other.folder = "apps/new";

  ASSERT_OK_AND_ASSIGN(const PushResult result, Push(again));
  EXPECT_EQ(result.commit_id, first);
  EXPECT_FALSE(result.changed);

  // Before and behind one that makes a commit, asking where the branch is and not.
  for (const bool before : {true, false}) {
    other.files["app.json"] += "x";
    other.force = true;
    std::vector<PushItem> items = {{.request = other}};
    items.insert(before ? items.begin() : items.end(), PushItem{.request = again});
    const auto together = PushTogether(items);
    for (const auto& one : together) ASSERT_OK(one);
    EXPECT_EQ(together[before ? 0 : 1]->commit_id, first);
    EXPECT_EQ(together[before ? 1 : 0]->commit_id, TipOf());
  }
}

// Git itself says which commit that is: what a merge threw away does not count, however
// new it is.
TEST_F(PushTest, ContentThatAMergeKeptIsAnsweredWithTheCommitThatBroughtIt) {
  const std::string tree = PushFirst();
  const std::string first = TipOf();
  int64_t seconds = 1'700'000'000;
  const auto tick = [&seconds] {
    setenv("GIT_COMMITTER_DATE", absl::StrCat("@", ++seconds, " +0000").c_str(), 1);
  };
  const auto commit = [&](const std::string& branch, const std::string& path,
                          const std::string& content) {
    tick();
    CommitFromElsewhere(path, content, branch);
  };
  // Has main be a merge of main and side that has the tree of `kept`.
  const auto merge = [&](const std::string& kept) {
    tick();
    Git(absl::StrCat("update-ref refs/heads/main $(git -C remote.git commit-tree ",
                     kept, "^{tree} -p main -p side -m merge)"));
  };
  const std::string file = "apps/orders/definition/a.json";
  // A commit of a file to a branch, or a merge that has the tree of `path`.
  struct Step {
    std::string branch;
    std::string path;
    std::string content = {};
  };
  const struct {
    const char* name;
    std::vector<Step> steps;
  } cases[] = {
      {"plain history", {{"main", "README", "x"}}},
      {"changed and changed back",
       {{"main", file, "9"}, {"main", file, "1\n"}, {"main", "README", "x"}}},
      {"merge that keeps ours",
       {{"main", "README", "x"}, {"side", file, "9"}, {"merge", "main"}}},
      {"merge that keeps ours, which is older than theirs altogether",
       {{"side", file, "8"}, {"side", file, "9"}, {"merge", "main"}}},
      {"merge that takes theirs",
       {{"side", "README", "x"}, {"main", file, "9"}, {"merge", "side"}}},
      {"merge that takes what theirs brought",
       {{"side", file, "8"},
        {"side", file, "1\n"},
        {"main", file, "9"},
        {"merge", "side"}}},
      {"merge that differs from both",
       {{"main", file, "8"}, {"side", file, "9"}, {"merge", first}}},
      {"merge below others",
       {{"side", file, "9"}, {"merge", "main"}, {"main", "README", "x"}}},
      {"thrown away on either side of two merges",
       {{"side", file, "9"},
        {"main", "README", "x"},
        {"merge", "main"},
        {"side", file, "7"},
        {"merge", "main"}}},
  };
  PushRequest again = Request(kFiles);
  again.base_tree_id = tree;

  for (const auto& c : cases) {
    SCOPED_TRACE(c.name);
    for (const char* branch : {"main", "side"}) {
      Git(absl::StrCat("update-ref refs/heads/", branch, " ", first));
    }
    for (const Step& step : c.steps) {
      if (step.branch == "merge") {
        merge(step.path);
      } else {
        commit(step.branch, step.path, step.content);
      }
    }

    const auto result = Push(again);
    const auto last =
        engine_->LastCommits(repository_, TipOf(), {"apps/orders"}, context_);

    const std::string brought = Git("log -1 --format=%H main -- apps/orders");
    ASSERT_OK(result);
    EXPECT_FALSE(result->changed);
    EXPECT_EQ(result->commit_id, brought);
    ASSERT_OK(last);
    EXPECT_EQ(last->front().id, brought);
  }
}

TEST_F(PushTest, OthersFileOfANameThatCanNotBeReadIsNotMerged) {
  const std::string tree = PushFirst();
  const std::string files = Git("ls-tree -r --name-only main apps/orders");
  CommitFromElsewhere("apps/orders/definition/gr\xf6.json", "x");
  const std::string tip = TipOf();
  PushRequest request = Request(With("app.json", "new"), "second");
  request.base_tree_id = tree;

  const auto result = Push(request);

  EXPECT_THAT(result, StatusIs(absl::StatusCode::kFailedPrecondition,
                               reason::kInvalidGitContent));
  EXPECT_EQ(MetadataOf(result.status(), "file"),
            "apps/orders/definition/gr\xef\xbf\xbd.json");
  EXPECT_EQ(TipOf(), tip);
  request.force = true;
  ASSERT_OK(Push(request));
  EXPECT_EQ(Git("ls-tree -r --name-only main apps/orders"), files);
}

TEST_F(PushTest, RemoteThatMovedMeanwhileIsBuiltOn) {
  PushRequest request = Request(With("app.json", "new"), "second");
  request.base_tree_id = PushFirst();
  int moves = 2;
  before_send_ = [&] {
    if (moves-- > 0) CommitFromElsewhere(absl::StrCat("other-", moves), "x");
  };

  ASSERT_OK_AND_ASSIGN(const PushResult result, Push(request));

  EXPECT_EQ(Git("log --format=%s main"), "second\nedit other-0\nedit other-1\nfirst");
  EXPECT_EQ(result.commit_id, TipOf());
  EXPECT_EQ(intents_.back().base_commit_id, Git("rev-parse main~1"));
  ExpectFsckClean();
}

TEST_F(PushTest, BranchThatAppearsMeanwhileIsBuiltOn) {
  bool moved = false;
  before_send_ = [&] {
    if (!std::exchange(moved, true)) CommitFromElsewhere("README.md", "x");
  };

  ASSERT_OK(Push(Request(kFiles, "first")));

  EXPECT_EQ(Git("log --format=%s main"), "first\nedit README.md");
}

TEST_F(PushTest, RemoteThatKeepsMovingIsAborted) {
  int moves = 0;
  before_send_ = [&] { CommitFromElsewhere("other", absl::StrCat(++moves)); };

  EXPECT_THAT(Push(Request(kFiles)),
              StatusIs(absl::StatusCode::kAborted, reason::kRemoteChanged));
  // Each try may draft once for where the branch was, and once for where it is.
  EXPECT_GE(moves, 10);
  EXPECT_LE(moves, 20);
}

TEST_F(PushTest, DisjointChangesAreMerged) {
  PushRequest request = Request(With("definition/a.json", "ours\n"));
  request.base_tree_id = PushFirst();
  CommitFromElsewhere("apps/orders/definition/pages/home.json", "theirs");
  GitFiles checked;
  check_merge_ = [&](const GitFiles& files) {
    checked = files;
    return absl::OkStatus();
  };

  ASSERT_OK_AND_ASSIGN(const PushResult result, Push(request));

  EXPECT_THAT(result.merged_files, ElementsAre("definition/pages/home.json"));
  EXPECT_EQ(FileAt("apps/orders/definition/a.json"), "ours");
  EXPECT_EQ(FileAt("apps/orders/definition/pages/home.json"), "theirs");
  const GitFiles expected = {{"app.json", "{}\n"},
                             {"definition/a.json", "ours\n"},
                             {"definition/pages/home.json", "theirs"}};
  EXPECT_EQ(result.merged, expected);
  EXPECT_EQ(checked, expected);
  ExpectFsckClean();
}

TEST_F(PushTest, MergeThatMakesNoSenseIsAConflict) {
  PushRequest request = Request(With("definition/a.json", "ours\n"));
  request.base_tree_id = PushFirst();
  CommitFromElsewhere("apps/orders/definition/pages/home.json", "theirs");
  check_merge_ = [](const GitFiles&) { return absl::InvalidArgumentError("broken"); };

  const auto result = Push(request);

  EXPECT_THAT(result, StatusIs(absl::StatusCode::kAborted, reason::kAppConflict));
  EXPECT_EQ(MetadataOf(result.status(), "files"), "definition/pages/home.json");
}

TEST_F(PushTest, ChangeOfTheSameFileIsAConflictThatNamesIt) {
  PushRequest request = Request(With("definition/a.json", "ours\n"));
  request.base_tree_id = PushFirst();
  CommitFromElsewhere("apps/orders/definition/a.json", "theirs");

  const auto result = Push(request);

  EXPECT_THAT(result, StatusIs(absl::StatusCode::kAborted, reason::kAppConflict));
  EXPECT_EQ(MetadataOf(result.status(), "files"), "definition/a.json");
  EXPECT_EQ(FileAt("apps/orders/definition/a.json"), "theirs");
}

TEST_F(PushTest, ForceTakesOursAndSaysSo) {
  PushRequest request = Request(With("definition/a.json", "ours\n"));
  request.base_tree_id = PushFirst();
  CommitFromElsewhere("apps/orders/definition/a.json", "theirs");
  request.force = true;

  ASSERT_OK_AND_ASSIGN(const PushResult result, Push(request));

  EXPECT_THAT(result.overwritten_files, ElementsAre("definition/a.json"));
  EXPECT_EQ(FileAt("apps/orders/definition/a.json"), "ours");
  EXPECT_EQ(CommitsOn(), 3);
}

TEST_F(PushTest, FolderThatWeNeverSawIsAConflict) {
  CommitFromElsewhere("apps/orders/app.json", "theirs");

  const auto result = Push(Request(kFiles));

  EXPECT_THAT(result, StatusIs(absl::StatusCode::kAborted, reason::kAppConflict));
}

TEST_F(PushTest, SameChangeOnBothSidesIsNone) {
  PushRequest request = Request(With("app.json", "same"));
  request.base_tree_id = PushFirst();
  CommitFromElsewhere("apps/orders/app.json", "same");

  ASSERT_OK_AND_ASSIGN(const PushResult result, Push(request));

  EXPECT_FALSE(result.changed);
  EXPECT_THAT(result.merged_files, IsEmpty());
}

TEST_F(PushTest, BaseOnAnotherBranchIsFoundByANewMirror) {
  const std::string tree = PushFirst();
  Git("branch copy main");
  CommitFromElsewhere("apps/orders/definition/pages/home.json", "theirs", "copy");
  CommitFromElsewhere("apps/orders/app.json", "moved on", "main");
  engine_->DropMirror("mirror-1");
  PushRequest request = Request(With("definition/a.json", "ours\n"));
  request.branch = "orphan";
  request.base_branch = "squashed";
  Git("branch squashed $(git -C remote.git commit-tree copy^{tree} -m squash)");
  request.base_tree_id = tree;

  ASSERT_OK_AND_ASSIGN(const PushResult result, Push(request));

  EXPECT_THAT(result.merged_files, ElementsAre("definition/pages/home.json"));
}

TEST_F(PushTest, HookThatRefusesIsQuoted) {
  WriteHook("pre-receive",
            "echo 'Policy 7: \033[31mno \u202epushes\033[0m today'; exit 1");

  const auto result = Push(Request(kFiles));

  EXPECT_THAT(result,
              StatusIs(absl::StatusCode::kFailedPrecondition, reason::kRemoteRejected));
  EXPECT_THAT(std::string(result.status().message()),
              HasSubstr("pre-receive hook declined"));
  EXPECT_THAT(MetadataOf(result.status(), "remote_message"),
              HasSubstr("Policy 7: no pushes today"));
  EXPECT_EQ(Git("for-each-ref"), "");
}

TEST_F(PushTest, ProtectedBranchIsRejectedOnce) {
  WriteHook("update", "echo 'branch is protected' >&2; exit 1");

  const auto result = Push(Request(kFiles));

  EXPECT_THAT(result,
              StatusIs(absl::StatusCode::kFailedPrecondition, reason::kRemoteRejected));
  EXPECT_THAT(std::string(result.status().message()), HasSubstr("branch is protected"));
  EXPECT_EQ(intents_.size(), 1);
}

TEST_F(PushTest, CheckedOutBranchIsRejected) {
  Sh("git init -q -b main work && git -C work commit -q --allow-empty -m start");
  repository_.remote.url.path = absl::StrCat(dir_, "/work/.git");

  const auto result = Push(Request(kFiles));

  EXPECT_THAT(result,
              StatusIs(absl::StatusCode::kFailedPrecondition, reason::kRemoteRejected));
  EXPECT_THAT(std::string(result.status().message()),
              HasSubstr("branch is currently checked out"));
}

TEST_F(PushTest, BranchNameThatClashesForEverIsRejectedInTheEnd) {
  CommitFromElsewhere("README.md", "hello", "a");
  PushRequest request = Request(kFiles);
  request.branch = "a/b";
  request.base_branch = "a";

  const auto result = Push(request);

  EXPECT_THAT(result,
              StatusIs(absl::StatusCode::kFailedPrecondition, reason::kRemoteRejected));
}

TEST_F(PushTest, ReadOnlyRemoteIsNamedAsSuch) {
  transport_.read_only = true;

  EXPECT_THAT(Push(Request(kFiles)),
              StatusIs(absl::StatusCode::kPermissionDenied, reason::kRemoteReadOnly));
}

TEST_F(PushTest, AbsentRepositoryIsNamedAsSuch) {
  repository_.remote.url.path = absl::StrCat(dir_, "/absent.git");

  EXPECT_THAT(Push(Request(kFiles)),
              StatusIs(absl::StatusCode::kNotFound, reason::kRemoteRepositoryNotFound));
}

TEST_F(PushTest, IntentThatCanNotBeRecordedStopsThePush) {
  const auto results = PushTogether(
      {{.request = Request(kFiles)}},
      [](const std::vector<PushIntentInfo>&) { return absl::InternalError("disk"); });

  EXPECT_THAT(results.front(), HasCode(absl::StatusCode::kInternal));
  EXPECT_EQ(Git("for-each-ref"), "");
}

TEST_F(PushTest, EarlierCommitOnTheRemoteIsTheResult) {
  ASSERT_OK_AND_ASSIGN(const PushResult first, Push(Request(kFiles)));
  CommitFromElsewhere("apps/orders/app.json", "later");
  PushRequest again = Request(kFiles);
  again.earlier_commits = {std::string(40, 'a'), first.commit_id};

  ASSERT_OK_AND_ASSIGN(const PushResult result, Push(again));

  EXPECT_TRUE(result.changed);
  EXPECT_EQ(result.commit_id, first.commit_id);
  EXPECT_EQ(result.tree_id, first.tree_id);
  EXPECT_EQ(CommitsOn(), 2);
}

TEST_F(PushTest, CancelledPushDoesNothing) {
  context_.cancellation->Cancel();

  EXPECT_THAT(Push(Request(kFiles)),
              StatusIs(absl::StatusCode::kCancelled, reason::kCancelled));
}

TEST_F(PushTest, DeadlineStopsARemoteThatHangs) {
  WriteHook("pre-receive", absl::StrCat(": >", dir_, "/started; exec sleep 1000"));
  // On a busy machine the hook is reached later.
  absl::Duration limit = absl::Milliseconds(300);
  absl::Status pushed;
  while (!std::filesystem::exists(absl::StrCat(dir_, "/started"))) {
    context_.deadline = absl::Now() + limit;
    limit *= 4;
    pushed = Push(Request(kFiles)).status();
    ASSERT_THAT(pushed, HasCode(absl::StatusCode::kDeadlineExceeded));
  }

  EXPECT_EQ(ReasonOf(pushed), reason::kOutcomeUnknown);
}

TEST_F(PushTest, ConcurrentPushesAllArrive) {
  std::vector<std::thread> threads;
  for (int i = 0; i < 6; ++i) {
    threads.emplace_back([this, i] {
      PushRequest request = Request(kFiles, absl::StrCat("app ", i));
      request.folder = absl::StrCat("apps/app-", i);
      EXPECT_OK(PushTogether({{.request = request}}, nullptr).front());
    });
  }
  for (std::thread& thread : threads) thread.join();

  EXPECT_EQ(CommitsOn(), 6);
  ExpectFsckClean();
}

TEST_F(PushTest, DamagedMirrorIsMadeAnew) {
  PushRequest request = Request(With("app.json", "new"));
  request.base_tree_id = PushFirst();
  Restart();
  Sh("cd mirrors/mirror-1.git && chmod -R u+w objects && "
     "for f in $(find objects -type f); do : > $f; done");

  ASSERT_OK(Push(request));

  EXPECT_EQ(CommitsOn(), 2);
  ExpectFsckClean();
}

TEST_F(PushTest, DeletedMirrorIsMadeAnew) {
  PushRequest request = Request(With("app.json", "new"));
  request.base_tree_id = PushFirst();
  Sh("rm -rf mirrors");

  ASSERT_OK(Push(request));

  EXPECT_EQ(CommitsOn(), 2);
}

TEST_F(PushTest, ForcePushedRemoteIsBuiltOn) {
  const std::string tree = PushFirst();
  CommitFromElsewhere("x", "x", "fresh");
  Git("update-ref refs/heads/main refs/heads/fresh");
  PushRequest request = Request(kFiles);
  request.base_tree_id = tree;
  request.force = true;

  ASSERT_OK_AND_ASSIGN(const PushResult result, Push(request));

  EXPECT_TRUE(result.changed);
  EXPECT_EQ(CommitsOn(), 2);
}

TEST_F(PushTest, DeletionByOthersOfWhatWeChangedIsAConflict) {
  const std::string tree = PushFirst();
  CommitFromElsewhere("x", "x", "fresh");
  Git("update-ref refs/heads/main refs/heads/fresh");
  PushRequest request = Request(With("app.json", "new"));
  request.base_tree_id = tree;

  EXPECT_THAT(Push(request),
              StatusIs(absl::StatusCode::kAborted, reason::kGitAppDeleted));
}

TEST_F(PushTest, PackHasOnlyWhatTheRemoteLacks) {
  PushRequest request = Request(With("definition/pages/home.json", "new"));
  request.base_tree_id = PushFirst();
  Git("repack -adq");

  ASSERT_OK(Push(request));

  // A commit, five trees along the path, and a blob.
  EXPECT_THAT(Git("count-objects"), StartsWith("7 objects"));
  Git("fsck --strict");
}

TEST_F(PushTest, FoldersThatUnfoldWithoutEndAreRefused) {
  PushRequest request = Request(With("definition/pages/home.json", "new"));
  request.base_tree_id = PushFirst();
  // Ten trees, each of a hundred folders that are all the next tree.
  Sh("export GIT_DIR=remote.git\n"
     "tree=$(git mktree </dev/null)\n"
     "for level in $(seq 10); do\n"
     "tree=$(for i in $(seq 100); do printf '040000 tree %s\\tn%s\\n' $tree $i; done"
     " | git mktree)\n"
     "done\n"
     "app=$(git ls-tree main:" +
     request.folder +
     " | grep -v definition; "
     "printf '040000 tree %s\\tdefinition\\n' $tree)\n"
     "app=$(printf '%s\\n' \"$app\" | git mktree)\n"
     "apps=$(printf '040000 tree %s\\t%s\\n' $app $(basename " +
     request.folder +
     ") | git mktree)\n"
     "root=$(printf '040000 tree %s\\tapps\\n' $apps | git mktree)\n"
     "git update-ref refs/heads/main $(git commit-tree $root -p main -m bomb)");

  EXPECT_THAT(Push(request), StatusIs(absl::StatusCode::kFailedPrecondition,
                                      reason::kInvalidGitContent));
}

TEST_F(PushTest, RemoteWithoutThinPacksGetsWholeObjects) {
  Git("config receive.unpackLimit 1");  // packs are kept as they come
  PushRequest request = Request(With("definition/pages/home.json", "new"));
  request.base_tree_id = PushFirst();
  Git("repack -adq");
  const std::string before = Sh("ls remote.git/objects/pack/*.idx");
  transport_.without_thin_packs = true;

  ASSERT_OK(Push(request));

  // git adds the bases of a thin pack to it.
  const std::string idx =
      Sh(absl::StrCat("ls remote.git/objects/pack/*.idx | grep -v ", before));
  EXPECT_EQ(Sh(absl::StrCat("git -C remote.git show-index < ", idx, " | wc -l")), "7");
}

class BrokenPushTest : public PushTest {
 protected:
  BrokenPushTest() {
    confirm_budget_ = absl::Seconds(5);
    Restart();
  }
};

TEST_F(BrokenPushTest, BeforeTheAdvertisementIsUnavailable) {
  for (const BreakAt at : {BreakAt::kOpen, BreakAt::kAdvertisement}) {
    transport_.break_at = at;
    transport_.breaks = 1;
    EXPECT_THAT(Push(Request(kFiles)),
                StatusIs(absl::StatusCode::kUnavailable, reason::kRemoteUnreachable));
  }
  EXPECT_EQ(Git("for-each-ref"), "");
}

TEST_F(BrokenPushTest, BeforeThePackIsCompleteIsTriedAgainOnce) {
  for (const BreakAt at : {BreakAt::kPackStart, BreakAt::kPackMiddle}) {
    transport_.break_at = at;
    transport_.breaks = 1;
    PushRequest request = Request(kFiles);
    request.folder = absl::StrCat("apps/app-", static_cast<int>(at));
    EXPECT_OK(Push(request));
  }
  EXPECT_EQ(CommitsOn(), 2);
  ExpectFsckClean();
}

TEST_F(BrokenPushTest, LostReportIsReadFromTheRef) {
  transport_.break_at = BreakAt::kReport;
  transport_.breaks = 1;

  ASSERT_OK_AND_ASSIGN(const PushResult result, Push(Request(kFiles)));

  EXPECT_EQ(result.commit_id, TipOf());
  EXPECT_EQ(CommitsOn(), 1);
}

TEST_F(BrokenPushTest, LostReportIsFoundBelowSomebodysCommit) {
  transport_.break_at = BreakAt::kReport;
  transport_.breaks = 1;
  WriteHook(
      "post-receive",
      "tree=$(git rev-parse main^{tree})\n"
      "git update-ref refs/heads/main $(git -c "
      "user.name=o -c user.email=o@example.com commit-tree $tree -p main -m later)");

  ASSERT_OK_AND_ASSIGN(const PushResult result, Push(Request(kFiles)));

  EXPECT_EQ(result.commit_id, Git("rev-parse main~1"));
  EXPECT_EQ(CommitsOn(), 2);
}

TEST_F(BrokenPushTest, LostReportWithTheRefUnmovedIsUnknown) {
  transport_.break_at = BreakAt::kReportWithoutPush;
  transport_.breaks = 1;

  const auto result = Push(Request(kFiles));

  EXPECT_THAT(result,
              StatusIs(absl::StatusCode::kUnavailable, reason::kOutcomeUnknown));
  EXPECT_EQ(MetadataOf(result.status(), "commit_id"), intents_.back().commit_id);
}

TEST_F(BrokenPushTest, LostReportIsUnknownAlsoIfTheMirrorCannotBeWritten) {
  transport_.break_at = BreakAt::kReportWithoutPush;
  transport_.breaks = 1;
  before_send_ = [&] { Sh("cd mirrors/*.git && rm -r objects && touch objects"); };

  EXPECT_THAT(Push(Request(kFiles)),
              StatusIs(absl::StatusCode::kUnavailable, reason::kOutcomeUnknown));
}

TEST_F(BrokenPushTest, LostReportWithTheRefElsewhereGoesOnFromThere) {
  PushFirst();
  transport_.break_at = BreakAt::kReportWithoutPush;
  transport_.breaks = 1;
  bool moved = false;
  before_send_ = [&] {
    if (!std::exchange(moved, true)) CommitFromElsewhere("README.md", "x");
  };
  PushRequest request = Request(kFiles, "second");
  request.folder = "apps/other";

  ASSERT_OK(Push(request));

  EXPECT_EQ(Git("log --format=%s main"), "second\nedit README.md\nfirst");
}

TEST_F(BrokenPushTest, RefusalInPlaceOfAReportStandsOnceTheRefIsRead) {
  transport_.break_at = BreakAt::kRefusal;
  transport_.breaks = 1;

  EXPECT_THAT(Push(Request(kFiles)),
              StatusIs(absl::StatusCode::kFailedPrecondition, reason::kRemoteRejected));

  EXPECT_EQ(transport_.upload_packs, 1);
  EXPECT_EQ(Git("for-each-ref"), "");
}

TEST_F(BrokenPushTest, RefusalOfWhatWasTakenIsNone) {
  transport_.break_at = BreakAt::kLateRefusal;
  transport_.breaks = 1;

  ASSERT_OK_AND_ASSIGN(const PushResult result, Push(Request(kFiles)));

  EXPECT_EQ(result.commit_id, TipOf());
  EXPECT_EQ(CommitsOn(), 1);
}

TEST_F(BrokenPushTest, RefusalIsUnknownIfTheRefCannotBeRead) {
  transport_.break_at = BreakAt::kLateRefusal;
  transport_.breaks = 1;
  transport_.upload_packs_fail = true;

  EXPECT_THAT(Push(Request(kFiles)),
              StatusIs(absl::StatusCode::kUnavailable, reason::kOutcomeUnknown));
}

TEST_F(BrokenPushTest, RefusalStandsIfReadingIsRefusedForTheSameReason) {
  transport_.break_at = BreakAt::kRefusal;
  transport_.breaks = 1;
  transport_.upload_packs_fail = true;
  transport_.upload_pack_failure =
      Error(absl::StatusCode::kFailedPrecondition, reason::kRemoteRejected, "Go away.");

  EXPECT_THAT(Push(Request(kFiles)),
              StatusIs(absl::StatusCode::kFailedPrecondition, reason::kRemoteRejected));
}

TEST_F(BrokenPushTest, UnreachableAfterTheLossIsUnknown) {
  transport_.break_at = BreakAt::kReport;
  transport_.breaks = 1;
  transport_.upload_packs_fail = true;

  EXPECT_THAT(Push(Request(kFiles)),
              StatusIs(absl::StatusCode::kUnavailable, reason::kOutcomeUnknown));
  transport_.upload_packs_fail = false;
  PushRequest again = Request(kFiles);
  again.earlier_commits = {intents_.back().commit_id};
  ASSERT_OK_AND_ASSIGN(const PushResult result, Push(again));
  EXPECT_EQ(result.commit_id, intents_.front().commit_id);
  EXPECT_EQ(CommitsOn(), 1);
}

}  // namespace
}  // namespace gitsync
