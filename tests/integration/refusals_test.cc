// Remotes that refuse a push: their words reach the caller, and nothing is recorded as
// pushed.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "absl/strings/str_cat.h"
#include "tests/integration/installation.h"

namespace gitsync {
namespace {

using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

// A push that `words` refuse.
void ExpectRefused(Api& api, const AppAndVersion& app, const std::string& words) {
  const auto pushed = api.Push(app, "Refused");

  EXPECT_THAT(pushed,
              StatusIs(absl::StatusCode::kFailedPrecondition, "REMOTE_REJECTED"));
  EXPECT_THAT(std::string(pushed.status().message()), HasSubstr(words));
  EXPECT_THAT(client::ErrorOf(pushed.status()).metadata["remote_message"],
              HasSubstr(words));
  ASSERT_OK_AND_ASSIGN(const auto operation, api.LastOperation(app.app_id));
  EXPECT_EQ(operation.state(), v1::OPERATION_STATE_FAILED);
  EXPECT_EQ(operation.error_reason(), "REMOTE_REJECTED");
  EXPECT_FALSE(operation.changed());
}

void ExpectNeverPushed(Api& api, const AppAndVersion& app) {
  ASSERT_OK_AND_ASSIGN(const auto version, api.GetVersion(app));
  EXPECT_THAT(version.commit_id(), IsEmpty());
  EXPECT_TRUE(version.has_unpushed_changes());
  ASSERT_OK_AND_ASSIGN(const auto now, api.GetApp(app.app_id));
  EXPECT_FALSE(now.has_git_state());
}

using RefusalTest = TransportTest;
GITSYNC_OVER_EACH_TRANSPORT(RefusalTest);

TEST_P(RefusalTest, HooksAreQuotedAndNothingCountsAsPushed) {
  Installation gitsync({.transport = GetParam()});
  Api& api = gitsync.api();
  TestRemote& remote = gitsync.remote();
  const AppAndVersion app = api.CreateApp(gitsync.dev(), "Shop", kDefinition);

  remote.SetHook("pre-receive",
                 "#!/bin/sh\necho 'GL-HOOK-ERR: ticket number missing' >&2\nexit 1\n");
  ExpectRefused(api, app, "GL-HOOK-ERR: ticket number missing");
  remote.SetHook("pre-receive", "#!/bin/sh\nexit 0\n");
  remote.SetHook("update",
                 "#!/bin/sh\necho \"GH006: Protected branch update failed for $1.\" "
                 ">&2\nexit 1\n");
  ExpectRefused(api, app,
                "GH006: Protected branch update failed for refs/heads/master.");
  ExpectNeverPushed(api, app);
  EXPECT_THAT(remote.Head(), IsEmpty());

  // The same version goes in as soon as the remote lets it.
  remote.SetHook("update", "#!/bin/sh\nexit 0\n");
  ASSERT_OK_AND_ASSIGN(const auto pushed, api.Push(app, "Taken"));
  EXPECT_TRUE(pushed.changed());
  EXPECT_THAT(remote.Log(), ElementsAre("Taken"));

  // A later refusal leaves what was pushed before.
  remote.SetHook("update", "#!/bin/sh\necho 'frozen' >&2\nexit 1\n");
  ASSERT_OK(api.UpdateDefinition(app, R"({"changed":true})"));
  ExpectRefused(api, app, "frozen");
  ASSERT_OK_AND_ASSIGN(const auto version, api.GetVersion(app));
  EXPECT_EQ(version.commit_id(), pushed.commit_id());
  EXPECT_TRUE(version.has_unpushed_changes());
  EXPECT_TRUE(remote.FsckClean());
}

TEST_P(RefusalTest, CheckedOutBranchIsNamed) {
  Installation gitsync({.transport = GetParam()});
  Api& api = gitsync.api();
  const TempDir work;
  const std::vector<std::string> environment = {"GIT_CONFIG_NOSYSTEM=1",
                                                "GIT_CONFIG_GLOBAL=/dev/null"};
  const auto git = [&](std::vector<std::string> arguments) {
    arguments.insert(arguments.begin(), {"git", "-C", work.path(), "-c", "user.name=E",
                                         "-c", "user.email=e@example.org"});
    const CommandResult result = RunCommand(arguments, environment);
    EXPECT_EQ(result.status, 0) << result.output;
    return result.output;
  };
  git({"init", "-q", "--initial-branch=master"});
  git({"commit", "-q", "--allow-empty", "-m", "Somebody works here"});
  const std::string organization_id =
      gitsync.Connect("checked out", gitsync.host().UrlOf(work.path()));
  const AppAndVersion app = api.CreateApp(organization_id, "Shop", kDefinition);

  ExpectRefused(api, app, "branch is currently checked out");

  ExpectNeverPushed(api, app);
  EXPECT_EQ(git({"log", "--format=%s"}), "Somebody works here\n");
}

TEST_P(RefusalTest, HostileWordsOfTheRemoteAreMadeHarmless) {
  Installation gitsync({.transport = GetParam()});
  const AppAndVersion app = gitsync.api().CreateApp(gitsync.dev(), "Shop", kDefinition);
  gitsync.remote().SetHook("pre-receive",
                           "#!/bin/sh\nprintf 'no \\033[31mred\\a \\377 words\\n' >&2\n"
                           "head -c 100000 /dev/zero | tr '\\0' x >&2\nexit 1\n");

  const auto pushed = gitsync.api().Push(app, "Refused");

  EXPECT_THAT(pushed,
              StatusIs(absl::StatusCode::kFailedPrecondition, "REMOTE_REJECTED"));
  const std::string message(pushed.status().message());
  EXPECT_LT(message.size(), 8000u);
  EXPECT_THAT(message, HasSubstr("words"));
  for (const char c : message) {
    EXPECT_TRUE(c == '\n' || static_cast<unsigned char>(c) >= 0x20) << message;
  }
}

}  // namespace
}  // namespace gitsync
