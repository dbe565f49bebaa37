#include "server/sync/push.h"

#include <string>
#include <vector>

#include "server/base/error.h"
#include "server/base/reason.h"
#include "tests/unit/sync/sync_harness.h"

namespace gitsync {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

constexpr char kTwoPages[] =
    R"({"pages":[{"name":"home","n":1},{"name":"cart","n":1}]})";

class PushTest : public SyncTest {};

TEST_F(PushTest, FirstPushMakesTheFolderAndRecordsTheCommit) {
  const NewApp orders = AddAppWith(dev_, "Orders", kTwoPages);

  const auto pushed = Push(orders, "first");

  ASSERT_OK(pushed);
  EXPECT_TRUE(pushed->changed);
  EXPECT_EQ(pushed->commit_id, remote_.Head());
  EXPECT_THAT(remote_.Log(), ElementsAre("first"));
  EXPECT_THAT(remote_.File("master", "apps/orders/app.json"),
              HasSubstr(orders.app.git_app_id));
  EXPECT_EQ(Stored(orders.version).synced_commit_id, remote_.Head());
  EXPECT_EQ(StoredApp(orders.app.id).git_state->commit_id, remote_.Head());
  EXPECT_TRUE(remote_.FsckClean());
}

TEST_F(PushTest, SameDefinitionTwiceMakesOneCommit) {
  const NewApp orders = AddAppWith(dev_, "Orders", kTwoPages);
  ASSERT_OK(Push(orders, "first"));

  const auto again = Push(orders, "second");

  ASSERT_OK(again);
  EXPECT_FALSE(again->changed);
  EXPECT_EQ(again->commit_id, remote_.Head());
  EXPECT_THAT(remote_.Log(), ElementsAre("first"));
}

TEST_F(PushTest, CommitNamesAuthorAndTrailers) {
  const NewApp orders = AddAppWith(dev_, "Orders", "{}");

  const auto pushed = Push(orders, "first");

  ASSERT_OK(pushed);
  EXPECT_THAT(remote_.Git({"log", "-1", "--format=%an <%ae>|%cn", "master"}),
              HasSubstr("ci <editor-token@tokens.gitsync.invalid>|GitSync"));
  EXPECT_EQ(
      remote_.Git({"log", "-1", "--format=%(trailers:key=GitSync-Operation,valueonly)",
                   "master"}),
      pushed->id);
  EXPECT_THAT(remote_.Git({"log", "-1",
                           "--format=%(trailers:key=GitSync-App,valueonly)", "master"}),
              HasSubstr(orders.app.git_app_id));
}

TEST_F(PushTest, OthersChangeOfTheSameFileIsAConflictThatNamesIt) {
  const NewApp orders = AddAppWith(dev_, "Orders", kTwoPages);
  ASSERT_OK(Push(orders, "first"));
  remote_.CommitFromElsewhere("apps/orders/definition/pages/home.json",
                              "{\n  \"n\": 7,\n  \"name\": \"home\"\n}\n", "theirs");
  Edit(orders.version, R"({"pages":[{"name":"home","n":2},{"name":"cart","n":1}]})");

  const auto pushed = Push(orders, "ours");

  EXPECT_THAT(pushed, StatusIs(absl::StatusCode::kAborted, reason::kAppConflict));
  EXPECT_THAT(MetadataOf(pushed.status(), "files"),
              HasSubstr("definition/pages/home.json"));
  EXPECT_THAT(remote_.Log(), ElementsAre("theirs", "first"));
  EXPECT_NE(Stored(orders.version).synced_definition_hash,
            Stored(orders.version).definition_hash);
}

TEST_F(PushTest, ForceTakesOursAndSaysWhatItOverwrote) {
  const NewApp orders = AddAppWith(dev_, "Orders", kTwoPages);
  ASSERT_OK(Push(orders, "first"));
  remote_.CommitFromElsewhere("apps/orders/definition/pages/home.json",
                              "{\n  \"n\": 7,\n  \"name\": \"home\"\n}\n", "theirs");
  Edit(orders.version, R"({"pages":[{"name":"home","n":2},{"name":"cart","n":1}]})");

  const auto pushed = Push(orders, "ours", /*force=*/true);

  ASSERT_OK(pushed);
  EXPECT_THAT(pushed->files, ElementsAre("definition/pages/home.json"));
  EXPECT_FALSE(pushed->files_were_merged);
  EXPECT_THAT(remote_.Log(), ElementsAre("ours", "theirs", "first"));
  EXPECT_THAT(remote_.File("master", "apps/orders/definition/pages/home.json"),
              HasSubstr("\"n\": 2"));
}

TEST_F(PushTest, OthersChangeOfAnotherFileIsMergedIntoCommitAndVersion) {
  const NewApp orders = AddAppWith(dev_, "Orders", kTwoPages);
  ASSERT_OK(Push(orders, "first"));
  remote_.CommitFromElsewhere("apps/orders/definition/pages/cart.json",
                              "{\n  \"n\": 7,\n  \"name\": \"cart\"\n}\n", "theirs");
  Edit(orders.version, R"({"pages":[{"name":"home","n":2},{"name":"cart","n":1}]})");

  const auto pushed = Push(orders, "ours");

  ASSERT_OK(pushed);
  EXPECT_THAT(pushed->files, ElementsAre("definition/pages/cart.json"));
  EXPECT_TRUE(pushed->files_were_merged);
  const std::string merged = DefinitionOf(orders.version.id);
  EXPECT_THAT(merged, HasSubstr("\"n\": 2"));
  EXPECT_THAT(merged, HasSubstr("\"n\": 7"));
  const VersionRow version = Stored(orders.version);
  EXPECT_EQ(version.definition_hash, version.synced_definition_hash);
  // What was merged stays with the next push.
  const auto again = Push(orders, "again");
  ASSERT_OK(again);
  EXPECT_FALSE(again->changed);
}

TEST_F(PushTest, FolderOfAnotherAppIsLeftAlone) {
  remote_.CommitFromElsewhere(
      "apps/orders/app.json",
      "{\"format\":1,\"git_app_id\":\"someone-elses\",\"name\":\"Orders\","
      "\"slug\":\"orders\",\"version\":\"v1\"}",
      "theirs");
  const NewApp orders = AddAppWith(dev_, "Orders", "{}");

  ASSERT_OK(Push(orders, "ours", /*force=*/true));

  EXPECT_THAT(remote_.File("master", "apps/orders/app.json"),
              HasSubstr("someone-elses"));
  const std::string folder = StoredApp(orders.app.id).git_state->folder;
  EXPECT_EQ(folder, "apps/orders-" + orders.app.git_app_id.substr(0, 8));
  EXPECT_THAT(remote_.File("master", folder + "/app.json"),
              HasSubstr(orders.app.git_app_id));
}

TEST_F(PushTest, FolderThatSomeoneDeletedIsAConflict) {
  const NewApp orders = AddAppWith(dev_, "Orders", "{}");
  remote_.CommitFromElsewhere("README.md", "hello", "readme");
  ASSERT_OK(Push(orders, "first"));
  // A commit whose tree has the README alone.
  const std::string tree = remote_.Git({"rev-parse", "master~1^{tree}"});
  const std::string commit =
      remote_.Git({"-c", "user.name=x", "-c", "user.email=x@x", "commit-tree", tree,
                   "-p", "master", "-m", "delete"});
  remote_.Git({"update-ref", "refs/heads/master", commit});

  const auto same = Push(orders, "again");
  EXPECT_THAT(same, StatusIs(absl::StatusCode::kAborted, reason::kGitAppDeleted));

  ASSERT_OK(Push(orders, "again", /*force=*/true));
  EXPECT_THAT(remote_.File("master", "apps/orders/app.json"),
              HasSubstr(orders.app.git_app_id));
}

TEST_F(PushTest, OtherBranchIsMadeAndDoesNotTouchTheSyncState) {
  const NewApp orders = AddAppWith(dev_, "Orders", kTwoPages);
  ASSERT_OK(Push(orders, "first"));
  const std::string synced = Stored(orders.version).synced_commit_id;
  Edit(orders.version, R"({"pages":[{"name":"home","n":2},{"name":"cart","n":1}]})");

  ASSERT_OK(Push(orders, "feature", false, "feature/x"));
  Edit(orders.version, R"({"pages":[{"name":"home","n":3},{"name":"cart","n":1}]})");
  ASSERT_OK(Push(orders, "feature again", false, "feature/x"));

  EXPECT_THAT(remote_.Log("feature/x"),
              ElementsAre("feature again", "feature", "first"));
  EXPECT_THAT(remote_.Log("master"), ElementsAre("first"));
  EXPECT_EQ(Stored(orders.version).synced_commit_id, synced);
}

TEST_F(PushTest, HookThatRefusesIsQuotedAndNothingIsRecorded) {
  remote_.SetHook("pre-receive",
                  "#!/bin/sh\necho 'tickets only, please' >&2\nexit 1\n");
  const NewApp orders = AddAppWith(dev_, "Orders", "{}");

  const auto pushed = Push(orders, "first");

  EXPECT_THAT(pushed,
              StatusIs(absl::StatusCode::kFailedPrecondition, reason::kRemoteRejected));
  EXPECT_THAT(std::string(pushed.status().message()),
              HasSubstr("tickets only, please"));
  EXPECT_EQ(Stored(orders.version).synced_commit_id, "");
  EXPECT_FALSE(StoredApp(orders.app.id).git_state.has_value());
  EXPECT_THAT(remote_.Log(), IsEmpty());
}

TEST_F(PushTest, WithoutFinalizedConfigurationIsRefused) {
  const std::string other = AddOrganization("Other");
  const NewApp orders = AddAppWith(other, "Orders", "{}");

  EXPECT_THAT(Push(orders, "first"), StatusIs(absl::StatusCode::kFailedPrecondition,
                                              reason::kGitNotConfigured));
}

TEST_F(PushTest, ViewerMayNotPush) {
  const NewApp orders = AddAppWith(dev_, "Orders", "{}");
  PushInput input;
  input.app_id = orders.app.id;
  input.version_id = orders.version.id;
  input.commit_message = "x";

  const auto pushed = Await<OperationRow>(
      [&](auto done) { service_->Push(Viewer(dev_), input, {}, Context(), done); });

  EXPECT_THAT(pushed,
              StatusIs(absl::StatusCode::kPermissionDenied, reason::kRoleRequired));
}

}  // namespace
}  // namespace gitsync
