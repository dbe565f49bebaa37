#include <algorithm>

#include "server/git/object/tree_names.h"
#include "tests/unit/git/engine_fixture.h"

namespace gitsync {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

class ReadTest : public EngineTest {
 protected:
  absl::StatusOr<ResolvedRef> Resolve(const std::string& ref) {
    return engine_->Resolve(repository_, ref, nullptr, context_);
  }

  // Pushes a tree made of one entry at folder/<name> to the remote, as git itself would
  // not let one do, and reads the folder.
  absl::StatusOr<FolderSnapshot> ReadHostile(const std::string& mode_and_type,
                                             const std::string& object,
                                             const std::string& name) {
    const std::string entry =
        absl::StrCat(mode_and_type, " ", object, "\\t", name, "\\n");
    const std::string commit = Git(absl::StrCat(
        "update-ref refs/heads/hostile $(cd remote.git; folder=$(printf '", entry,
        "' | git mktree --missing); root=$(printf "
        "\"040000 tree $folder\\tfolder\\n\" | git mktree); "
        "git commit-tree $root -m x) && git -C remote.git rev-parse "
        "hostile"));
    const auto resolved = Resolve("hostile");
    EXPECT_OK(resolved);
    return engine_->ReadFolder(repository_, commit, "folder");
  }

  std::string Blob() const {
    return Sh("printf x | git -C remote.git hash-object -w --stdin");
  }
};

TEST_F(ReadTest, BranchTagFullNameAndCommitResolve) {
  const std::string first = CommitFromElsewhere("a", "1");
  const std::string second = CommitFromElsewhere("a", "2");
  Git("tag light " + first + " && git -C remote.git tag -a -m x heavy " + first);

  const auto branch = Resolve("main");
  ASSERT_OK(branch);
  EXPECT_EQ(branch->commit_id, second);
  EXPECT_TRUE(branch->is_branch);
  for (const std::string& ref :
       {std::string("light"), std::string("heavy"), std::string("refs/tags/heavy"),
        first, first.substr(0, 7)}) {
    const auto resolved = Resolve(ref);
    ASSERT_OK(resolved);
    EXPECT_EQ(resolved->commit_id, first) << ref;
    EXPECT_FALSE(resolved->is_branch);
  }
}

TEST_F(ReadTest, CommitOfABranchThatWasNotFetchedResolves) {
  CommitFromElsewhere("a", "1");
  const std::string commit = CommitFromElsewhere("b", "1", "other");
  CommitFromElsewhere("b", "2", "other");

  const auto resolved = Resolve(commit.substr(0, 12));

  ASSERT_OK(resolved);
  EXPECT_EQ(resolved->commit_id, commit);
}

TEST_F(ReadTest, UnknownRefsAreNotFound) {
  EXPECT_THAT(Resolve("main"),
              StatusIs(absl::StatusCode::kNotFound, reason::kGitRefNotFound));
  CommitFromElsewhere("a", "1");
  for (const char* ref : {"absent", "0123456", "abc", "-x", "", "refs/heads/absent"}) {
    const auto resolved = Resolve(ref);
    EXPECT_THAT(resolved,
                StatusIs(absl::StatusCode::kNotFound, reason::kGitRefNotFound));
    EXPECT_EQ(BranchesOf(resolved.status()).Describe(), "main (the default)") << ref;
  }
}

TEST(RemoteBranchesTest, DescriptionIsShort) {
  const auto describe = [](int count, const std::string& default_name) {
    RemoteBranches branches;
    branches.count = static_cast<size_t>(count);
    branches.default_name = default_name;
    for (int i = 0; i < std::min(count, 100); ++i) {
      branches.names.push_back(absl::StrCat("b", i));
    }
    return branches.Describe();
  };
  EXPECT_EQ(describe(0, ""), "");
  EXPECT_EQ(describe(1, ""), "b0");
  EXPECT_EQ(describe(2, "b0"), "b0 (the default) and b1");
  EXPECT_EQ(describe(3, ""), "b0, b1 and b2");
  EXPECT_EQ(describe(500, "b0"),
            "b0 (the default), b1, b2, b3, b4, b5, b6, b7, b8, b9 and 490 more");
}

TEST_F(ReadTest, CommitThatNoRefLeadsToIsNotFound) {
  const std::string gone = CommitFromElsewhere("a", "1");
  ASSERT_OK(Resolve("main"));
  CommitFromElsewhere("b", "1", "fresh");
  Git("update-ref refs/heads/main fresh");

  EXPECT_THAT(Resolve(gone),
              StatusIs(absl::StatusCode::kNotFound, reason::kGitRefNotFound));
}

TEST_F(ReadTest, FolderIsReadWhole) {
  CommitFromElsewhere("apps/x/app.json", "1");
  const std::string commit = CommitFromElsewhere("apps/x/d/e.json", "2");
  ASSERT_OK(Resolve("main"));

  const auto snapshot = engine_->ReadFolder(repository_, commit, "apps/x");

  ASSERT_OK(snapshot);
  EXPECT_EQ(snapshot->files, (GitFiles{{"app.json", "1"}, {"d/e.json", "2"}}));
  EXPECT_EQ(snapshot->tree_id, Git("rev-parse main:apps/x"));
  EXPECT_THAT(engine_->ReadFolder(repository_, commit, "apps/y"),
              HasCode(absl::StatusCode::kNotFound));
}

TEST_F(ReadTest, HostileEntriesAreRefused) {
  const std::string blob = Blob();
  const std::string commit = CommitFromElsewhere("a", "1");
  EXPECT_OK(ReadHostile("100755 blob", blob, "fine"));
  const struct {
    std::string mode, object, name;
  } cases[] = {
      {"120000 blob", blob, "link"},
      {"160000 commit", commit, "module"},
      {"100644 blob", blob, ".git"},
      {"100644 blob", blob, ".GIT"},
      {"100644 blob", blob, "git~1"},
      {"100644 blob", blob, ".git. ."},
      {"100644 blob", blob, "\\342\\200\\214.git"},
      {"100644 blob", blob, "\\377"},
      {"100644 blob", blob, ".."},
  };
  for (const auto& c : cases) {
    const auto result = ReadHostile(c.mode, c.object, c.name);
    EXPECT_THAT(result, StatusIs(absl::StatusCode::kFailedPrecondition,
                                 reason::kInvalidGitContent))
        << c.name;
    EXPECT_THAT(MetadataOf(result.status(), "file"), HasSubstr("folder/"));
  }
}

TEST(TreeNamesTest, SpellingsOfDotGitAreKnown) {
  for (const char* name : {".git", ".Git", "GIT~1", ".git ", ".git...", ".git::$DATA",
                           ".g\u200cit", "\ufeff.git", ".git\\x"}) {
    EXPECT_TRUE(IsDotGit(name)) << name;
  }
  for (const char* name : {".gitignore", "git", ".gitx", "a.git", "git~12"}) {
    EXPECT_FALSE(IsDotGit(name)) << name;
  }
}

TEST_F(ReadTest, FolderNestedTooDeepIsRefused) {
  const std::string commit =
      CommitFromElsewhere("f/1/2/3/4/5/6/7/8/9/10/11/12/13/x", "1");
  ASSERT_OK(Resolve("main"));

  EXPECT_THAT(
      engine_->ReadFolder(repository_, commit, "f"),
      StatusIs(absl::StatusCode::kFailedPrecondition, reason::kInvalidGitContent));
}

TEST_F(ReadTest, ListingNamesFoldersThatHaveTheFile) {
  CommitFromElsewhere("apps/b/app.json", "B");
  CommitFromElsewhere("apps/a/app.json", "A");
  CommitFromElsewhere("apps/file", "x");
  const std::string commit = CommitFromElsewhere("apps/c/other", "x");
  ASSERT_OK(Resolve("main"));

  const auto first = ListApps(commit);
  ASSERT_OK(first);
  ASSERT_EQ((*first)->entries().size(), 2);
  EXPECT_EQ((*first)->entries()[0].folder, "a");
  EXPECT_EQ((*first)->entries()[0].file, "A");

  const std::string changed = CommitFromElsewhere("apps/a/app.json", "A2");
  ASSERT_OK(Resolve("main"));
  const auto second = ListApps(changed);
  ASSERT_OK(second);
  EXPECT_EQ((*second)->entries()[0].file, "A2");
  EXPECT_EQ((*second)->entries()[1].file, "B");
  EXPECT_EQ((*second)->entries()[1].tree_id, Git("rev-parse main:apps/b"));
  // The first one is as it was.
  EXPECT_EQ((*first)->FindById("A")->folder, "a");
  EXPECT_EQ((*second)->FindById("A"), nullptr);
  EXPECT_EQ((*second)->FindById("A2")->folder, "a");
}

TEST_F(ReadTest, ListingNamesFoldersThatCanNotBeRead) {
  CommitFromElsewhere("apps/a/app.json", "A");
  CommitFromElsewhere("apps/gr\xf6/other", "x");
  CommitFromElsewhere("apps/z\xff/app.json", "B");
  ASSERT_OK(Resolve("main"));

  const auto listing = ListApps(TipOf());

  ASSERT_OK(listing);
  ASSERT_EQ((*listing)->entries().size(), 2);
  EXPECT_OK((*listing)->entries()[0].status);
  EXPECT_THAT(
      (*listing)->entries()[1].status,
      StatusIs(absl::StatusCode::kFailedPrecondition, reason::kInvalidGitContent));
  EXPECT_EQ((*listing)->FindById("B"), nullptr);
}

TEST_F(ReadTest, ListingFindsFoldersByNameAndId) {
  CommitFromElsewhere("apps/Two/app.json", "the id");
  const std::string commit = CommitFromElsewhere("apps/one/app.json", "the id");
  ASSERT_OK(Resolve("main"));

  const auto listing = ListApps(commit);

  ASSERT_OK(listing);
  ASSERT_NE((*listing)->FindById("the id"), nullptr);
  EXPECT_EQ((*listing)->FindById("the id")->folder, "Two");
  EXPECT_EQ((*listing)->FindById(""), nullptr);
  ASSERT_NE((*listing)->Find("one"), nullptr);
  EXPECT_EQ((*listing)->Find("two"), nullptr);
  EXPECT_TRUE((*listing)->HasName("TWO"));
  EXPECT_FALSE((*listing)->HasName("three"));
}

TEST_F(ReadTest, FoldersOfAListingAreReadAsOfTheirCommit) {
  const std::string before = CommitFromElsewhere("apps/a/app.json", "A");
  const std::string after = CommitFromElsewhere("apps/a/app.json", "A2");
  const std::string without = CommitFromElsewhere("apps/b/other", "x");
  ASSERT_OK(Resolve("main"));
  ASSERT_OK(ListApps(after));

  const auto file_at = [&](const std::string& commit, const std::string& folder) {
    const auto read = engine_->ReadFolder(repository_, commit, folder);
    return read.ok() ? read->files.begin()->second : read.status().ToString();
  };
  EXPECT_EQ(file_at(before, "apps/a"), "A");
  EXPECT_EQ(file_at(after, "apps/a"), "A2");
  EXPECT_EQ(file_at(without, "apps/a"), "A2");
  EXPECT_EQ(file_at(without, "apps/b"), "x");
  EXPECT_THAT(file_at(after, "apps/b"), HasSubstr("no such folder"));
}

TEST_F(ReadTest, LogNamesCommitsThatChangeTheFolder) {
  const std::string first = CommitFromElsewhere("apps/a/x", "1");
  CommitFromElsewhere("apps/b/x", "1");
  const std::string third = CommitFromElsewhere("apps/a/x", "2");
  const std::string tip = CommitFromElsewhere("README", "1");
  ASSERT_OK(Resolve("main"));

  const auto all = engine_->Log(repository_, tip, "", "apps/a", {}, Context());
  const auto since = engine_->Log(repository_, tip, first, "apps/a", {}, Context());
  const auto last =
      engine_->LastCommits(repository_, tip, {"apps/b", "apps/a", "no"}, Context());

  ASSERT_OK(all);
  ASSERT_OK(since);
  ASSERT_OK(last);
  ASSERT_EQ(all->commits.size(), 2);
  EXPECT_EQ(all->commits[0].id, third);
  EXPECT_EQ(all->commits[1].id, first);
  EXPECT_EQ(all->commits[0].author.name, "Other");
  ASSERT_EQ(since->commits.size(), 1);
  EXPECT_EQ(since->commits[0].id, third);
  EXPECT_EQ((*last)[0].message, "edit apps/b/x\n");
  EXPECT_EQ((*last)[1].id, third);
  EXPECT_EQ((*last)[2].id, "");
  EXPECT_TRUE(*engine_->IsAncestor(repository_, first, tip));
  EXPECT_FALSE(*engine_->IsAncestor(repository_, tip, first));
  EXPECT_THAT(
      engine_->Log(repository_, std::string(40, 'a'), "", "apps", {}, Context()),
      HasCode(absl::StatusCode::kNotFound));
}

TEST_F(ReadTest, LogIsCutIntoPages) {
  std::vector<std::string> changes;  // newest first
  for (int i = 0; i < 5; ++i) {
    changes.insert(changes.begin(), CommitFromElsewhere("apps/a/x", absl::StrCat(i)));
    CommitFromElsewhere("apps/b/x", absl::StrCat(i));
  }
  ASSERT_OK(Resolve("main"));
  for (const LogPage& page :
       {LogPage{.limit = 2}, LogPage{.limit = 2, .skip = 2},
        LogPage{.limit = 2, .skip = 4}, LogPage{.limit = 0},
        LogPage{.limit = 9, .skip = 1}, LogPage{.limit = 9, .skip = 5},
        LogPage{.limit = 9, .skip = 9}}) {
    const auto log = engine_->Log(repository_, TipOf(), "", "apps/a", page, Context());
    ASSERT_OK(log);
    const int begin = std::min(page.skip, 5);
    const int end = std::min(page.skip + page.limit, 5);
    std::vector<std::string> ids;
    for (const CommitInfo& commit : log->commits) ids.push_back(commit.id);
    EXPECT_EQ(ids,
              std::vector<std::string>(changes.begin() + begin, changes.begin() + end));
    EXPECT_EQ(log->total, 5);
  }
}

TEST_F(ReadTest, HistoryObeysItsContext) {
  const std::string tip = CommitFromElsewhere("apps/a/x", "1");
  ASSERT_OK(Resolve("main"));
  Context context;
  context.cancellation->Cancel();

  EXPECT_THAT(engine_->Log(repository_, tip, "", "apps", {}, context),
              HasCode(absl::StatusCode::kCancelled));
  EXPECT_THAT(engine_->LastCommits(repository_, tip, {"apps/a"}, context),
              HasCode(absl::StatusCode::kCancelled));
}

TEST_F(ReadTest, ListingOfMoreFilesThanMemoryIsRefused) {
  // A small pack that unfolds: one large file, named 1,100 times.
  Sh("export GIT_DIR=remote.git\n"
     "blob=$(head -c 65000 /dev/zero | tr '\\0' x | git hash-object -w --stdin)\n"
     "app=$(printf '100644 blob %s\\tapp.json\\n' $blob | git mktree)\n"
     "apps=$(for i in $(seq 1100); do printf '040000 tree %s\\ta%s\\n' $app $i; done"
     " | git mktree)\n"
     "root=$(printf '040000 tree %s\\tapps\\n' $apps | git mktree)\n"
     "git update-ref refs/heads/main $(git commit-tree $root -m all)");
  const auto tip = Resolve("main");
  ASSERT_OK(tip);

  EXPECT_THAT(ListApps(tip->commit_id), StatusIs(absl::StatusCode::kFailedPrecondition,
                                                 reason::kInvalidGitContent));
}

TEST_F(ReadTest, ProbeTellsWhatIsThere) {
  const std::string commit = CommitFromElsewhere("a", "1");
  std::vector<ProbeStep> steps;
  const auto told = [&](ProbeStep step, absl::string_view) { steps.push_back(step); };

  const auto open = engine_->Probe(repository_.remote, "main", told, context_);
  ASSERT_OK(open);
  EXPECT_TRUE(open->branch_exists);
  EXPECT_EQ(open->branch_commit_id, commit);
  EXPECT_TRUE(open->can_write);
  EXPECT_THAT(steps,
              ElementsAre(ProbeStep::kConnect, ProbeStep::kHostKey,
                          ProbeStep::kAuthenticate, ProbeStep::kRepository,
                          ProbeStep::kBranch, ProbeStep::kFetch, ProbeStep::kWrite));
  steps.clear();
  transport_.read_only = true;
  const auto read_only = engine_->Probe(repository_.remote, "x", told, context_);
  ASSERT_OK(read_only);
  EXPECT_FALSE(read_only->can_write);
  EXPECT_EQ(read_only->write_refusal, "The key may only read.");
  EXPECT_EQ(steps.back(), ProbeStep::kFetch);
  steps.clear();
  repository_.remote.url.path = absl::StrCat(dir_, "/absent.git");
  EXPECT_THAT(engine_->Probe(repository_.remote, "x", told, context_),
              StatusIs(absl::StatusCode::kNotFound, reason::kRemoteRepositoryNotFound));
  EXPECT_EQ(steps.back(), ProbeStep::kAuthenticate);
}

}  // namespace
}  // namespace gitsync
