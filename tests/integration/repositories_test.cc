// Repositories as they are found: empty or not, with the branch or without, read-only.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "tests/integration/installation.h"

namespace gitsync {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using ::testing::SizeIs;
using ::testing::StartsWith;

using RepositoryTest = TransportTest;
GITSYNC_OVER_EACH_TRANSPORT(RepositoryTest);

TEST_P(RepositoryTest, FilesOfOthersStayAsTheyAre) {
  Installation gitsync({.transport = GetParam()});
  TestRemote& remote = gitsync.remote();
  remote.CommitFromElsewhere("README.md", "# hello\r\n\xff\n", "Say hello");
  remote.CommitFromElsewhere("LICENSE", "MIT", "License");
  remote.CommitFromElsewhere("apps/README", "apps go here", "Explain");
  remote.CommitFromElsewhere("tools/run.sh", "#!/bin/sh\n", "Tools");
  // An executable, a symbolic link and a submodule, which are none of our business.
  const std::string blob = remote.Git({"rev-parse", "master:tools/run.sh"});
  const std::string commit = remote.Head();
  const TempDir work;
  const std::vector<std::string> index = {"GIT_INDEX_FILE=" + (work / "index")};
  const auto git = [&](std::vector<std::string> arguments) {
    arguments.insert(arguments.begin(), {"git", "--git-dir", remote.path(), "-c",
                                         "user.name=E", "-c", "user.email=e@e.org"});
    const CommandResult result = RunCommand(arguments, index);
    EXPECT_EQ(result.status, 0) << result.output;
    return result.output.substr(0, 40);
  };
  git({"read-tree", "master"});
  git({"update-index", "--add", "--cacheinfo", "100755," + blob + ",tools/exec"});
  git({"update-index", "--add", "--cacheinfo", "120000," + blob + ",tools/link"});
  git({"update-index", "--add", "--cacheinfo", "160000," + commit + ",vendored"});
  const std::string tree = git({"write-tree"});
  git({"update-ref", "refs/heads/master",
       git({"commit-tree", tree, "-p", commit, "-m", "Odd entries"})});
  const std::string before = remote.Git({"ls-tree", "-r", "master"});

  const AppAndVersion app = gitsync.api().CreateApp(gitsync.dev(), "Shop", kDefinition);
  ASSERT_OK(gitsync.api().Push(app, "Add the shop"));

  const std::string after = remote.Git({"ls-tree", "-r", "master"});
  std::string others;
  for (const auto line : absl::StrSplit(after, '\n')) {
    if (absl::StrContains(line, "\tapps/shop/")) continue;
    absl::StrAppend(&others, others.empty() ? "" : "\n", line);
  }
  EXPECT_EQ(others, before);
  EXPECT_THAT(after, HasSubstr("apps/shop/app.json"));
  EXPECT_TRUE(remote.FsckClean());
}

TEST_P(RepositoryTest, BranchThatDoesNotExistIsMade) {
  Installation gitsync(
      {.transport = GetParam(), .default_branch = "master", .branch = "main"});
  Api& api = gitsync.api();
  ASSERT_OK_AND_ASSIGN(const auto empty, api.Finalize(gitsync.dev()));
  EXPECT_TRUE(empty.repository_empty());
  EXPECT_FALSE(empty.branch_exists());
  EXPECT_TRUE(empty.can_write());
  const std::string other =
      gitsync.remote().CommitFromElsewhere("README.md", "x", "Hi");
  ASSERT_OK_AND_ASSIGN(const auto finalized, api.Finalize(gitsync.dev()));
  EXPECT_FALSE(finalized.repository_empty());
  EXPECT_FALSE(finalized.branch_exists());

  const AppAndVersion app = api.CreateApp(gitsync.dev(), "Shop", kDefinition);
  ASSERT_OK_AND_ASSIGN(const auto pushed, api.Push(app, "Add the shop"));
  ASSERT_OK_AND_ASSIGN(const auto aside, api.Push(app, "Try out", [](auto& request) {
    request.set_branch("try/it");
  }));
  ASSERT_OK_AND_ASSIGN(const auto imported,
                       api.Import(gitsync.staging(), app.git_app_id, "try/it"));

  EXPECT_EQ(pushed.branch(), "main");
  EXPECT_EQ(gitsync.remote().Head("main"), pushed.commit_id());
  EXPECT_EQ(gitsync.remote().Head("master"), other);
  EXPECT_EQ(aside.branch(), "try/it");
  EXPECT_EQ(gitsync.remote().Head("try/it"), aside.commit_id());
  EXPECT_EQ(imported.commit_id(), aside.commit_id());
  ASSERT_OK_AND_ASSIGN(const auto now, api.Finalize(gitsync.dev()));
  EXPECT_TRUE(now.branch_exists());
}

TEST_P(RepositoryTest, MasterIsMadeWhereTheDefaultIsMain) {
  Installation gitsync(
      {.transport = GetParam(), .default_branch = "main", .branch = ""});
  ASSERT_OK_AND_ASSIGN(const auto config, gitsync.api().GetGitConfig(gitsync.dev()));
  const AppAndVersion app = gitsync.api().CreateApp(gitsync.dev(), "Shop", kDefinition);

  ASSERT_OK_AND_ASSIGN(const auto pushed, gitsync.api().Push(app, "Add the shop"));

  EXPECT_EQ(config.branch_name(), "master");
  EXPECT_EQ(gitsync.remote().Head("master"), pushed.commit_id());
  EXPECT_THAT(gitsync.remote().Head("main"), IsEmpty());
}

TEST_P(RepositoryTest, PathPrefixKeepsEverythingInItsFolder) {
  Installation gitsync(
      {.transport = GetParam(), .path_prefix = "platform/internal tools"});
  Api& api = gitsync.api();
  const AppAndVersion app = api.CreateApp(gitsync.dev(), "Shop", kDefinition);
  ASSERT_OK(api.Push(app, "Add the shop"));
  gitsync.remote().CommitFromElsewhere("apps/other/app.json", "{}",
                                       "Not an app of ours");

  ASSERT_OK_AND_ASSIGN(const auto listed, api.ListGitApps(gitsync.staging()));
  ASSERT_OK(api.Import(gitsync.staging(), app.git_app_id));

  ASSERT_THAT(listed.apps(), SizeIs(1));
  EXPECT_EQ(listed.apps(0).folder(), "platform/internal tools/apps/shop");
  EXPECT_THAT(gitsync.remote().File("master", listed.apps(0).folder() + "/app.json"),
              HasSubstr(app.git_app_id));
}

TEST_P(RepositoryTest, ReadOnlyKeyPullsAndIsNamedAtPush) {
  Installation gitsync({.transport = GetParam()});
  Api& api = gitsync.api();
  const AppAndVersion app = api.CreateApp(gitsync.dev(), "Shop", kDefinition);
  ASSERT_OK(api.Push(app, "Add the shop"));
  const std::string organization_id = api.CreateOrganization("reader");
  gitsync.Configure(gitsync.host(), organization_id, gitsync.url(), Access::kRead);

  ASSERT_OK_AND_ASSIGN(const auto finalized, api.Finalize(organization_id));
  ASSERT_OK_AND_ASSIGN(const auto imported,
                       api.Import(organization_id, app.git_app_id));
  const AppAndVersion theirs = {imported.app().id(), imported.version().id(), ""};
  ASSERT_OK(api.MakeEditable(theirs.app_id));
  ASSERT_OK(api.UpdateDefinition(theirs, R"({"changed":true})"));
  const auto pushed = api.Push(theirs, "Change it");
  v1::TestGitConnectionRequest test;
  test.set_organization_id(organization_id);
  ASSERT_OK_AND_ASSIGN(
      const auto tested,
      api.client().Call(&v1::GitConfigService::Stub::TestGitConnection, test));

  EXPECT_FALSE(finalized.can_write());
  EXPECT_EQ(finalized.git_config().state(), v1::GIT_CONFIG_STATE_READY);
  EXPECT_THAT(pushed,
              StatusIs(absl::StatusCode::kPermissionDenied, "REMOTE_READ_ONLY"));
  EXPECT_THAT(
      std::string(pushed.status().message()),
      HasSubstr(GetParam() == Transport::kSsh ? "marked as read only" : "HTTP 403"));
  EXPECT_THAT(gitsync.remote().Log(), ElementsAre("Add the shop"));
  ASSERT_OK_AND_ASSIGN(const auto version, api.GetVersion(theirs));
  EXPECT_TRUE(version.has_unpushed_changes());
  ASSERT_THAT(tested.steps(), Not(IsEmpty()));
  EXPECT_EQ(tested.steps().rbegin()->name(), "write");
  EXPECT_EQ(tested.steps().rbegin()->outcome(), v1::ConnectionStep::OUTCOME_WARNING);
}

TEST_P(RepositoryTest, RefusedKeyAndUnknownRepositoryAreToldApart) {
  Installation gitsync({.transport = GetParam()});
  Api& api = gitsync.api();
  const std::string stranger = api.CreateOrganization("stranger");
  gitsync.Configure(gitsync.host(), stranger, gitsync.url(), Access::kNone);
  const std::string lost = api.CreateOrganization("lost");
  gitsync.Configure(gitsync.host(), lost, gitsync.host().UrlOf("/no/such.git"),
                    Access::kWrite);

  const auto refused = api.Finalize(stranger);
  const auto unknown = api.Finalize(lost);

  EXPECT_THAT(refused,
              StatusIs(absl::StatusCode::kUnauthenticated, "REMOTE_AUTH_FAILED"));
  EXPECT_THAT(unknown,
              StatusIs(absl::StatusCode::kNotFound, "REMOTE_REPOSITORY_NOT_FOUND"));
  ASSERT_OK_AND_ASSIGN(const auto kept, api.GetGitConfig(stranger));
  EXPECT_EQ(kept.state(), v1::GIT_CONFIG_STATE_PENDING);
  EXPECT_THAT(kept.last_error(), Not(IsEmpty()));
  const AppAndVersion app = api.CreateApp(stranger, "Shop", kDefinition);
  const auto too_early = api.Push(app, "Too early");
  if (GetParam() == Transport::kSsh) {
    EXPECT_THAT(too_early,
                StatusIs(absl::StatusCode::kFailedPrecondition, "GIT_NOT_FINALIZED"));
  } else {
    // The use itself finalizes.
    EXPECT_THAT(too_early,
                StatusIs(absl::StatusCode::kUnauthenticated, "REMOTE_AUTH_FAILED"));
  }
}

}  // namespace
}  // namespace gitsync
