// Pushes that a crash, or a remote that did not answer, left open.

#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <thread>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/synchronization/notification.h"
#include "server/base/error.h"
#include "server/base/reason.h"
#include "server/base/status_macros.h"
#include "server/base/uuid.h"
#include "server/format/definition.h"
#include "server/sync/push.h"
#include "tests/unit/sync/sync_harness.h"

namespace gitsync {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::UnorderedElementsAre;

constexpr char kPages[] = R"({"pages":[{"name":"home","n":1},{"name":"cart","n":1}]})";

class PushRecoveryTest : public SyncTest {
 protected:
  // Pushes "first" on top of someone's "readme", and stops the services as if they had
  // been killed before the remote took it.
  absl::StatusOr<OperationRow> PushThatGotLost(const NewApp& made) {
    remote_.CommitFromElsewhere("README.md", "hello", "readme");
    auto pushed = Push(made, "first");
    StopServices();
    if (!pushed.ok()) return pushed.status();
    ForgetEnd(made, pushed->id);
    remote_.Git({"update-ref", "refs/heads/master", "master~1"});
    return pushed;
  }
  // What a crash leaves of a push: the record as it was before the end was written.
  OperationRow ForgetEnd(const NewApp& made, const std::string& operation_id) {
    OperationRow row;
    EXPECT_OK(Write([&](Transaction& tx) -> absl::Status {
      ASSIGN_OR_RETURN(row, tx.operations().Get(operation_id));
      row.state = OperationState::kRunning;
      row.phase = OperationPhase::kPushing;
      row.end_time.reset();
      row.commit_id.clear();
      RETURN_IF_ERROR(tx.operations().Update(row));
      ASSIGN_OR_RETURN(VersionRow version, tx.versions().Get(made.version.id));
      version.synced_commit_id.clear();
      version.synced_definition_hash.clear();
      RETURN_IF_ERROR(tx.versions().Update(version));
      return tx.apps().SetGitState(made.app.id, std::nullopt);
    }));
    return row;
  }

  // As if the push had been sent as several commits.
  void SetSent(const std::string& operation_id, std::vector<std::string> earlier,
               const std::string& last) {
    EXPECT_OK(Write([&](Transaction& tx) -> absl::Status {
      ASSIGN_OR_RETURN(OperationRow row, tx.operations().Get(operation_id));
      row.push->earlier_commit_ids = std::move(earlier);
      row.push->commit_id = last;
      row.push->tree_id = std::string(40, 'b');
      row.files_were_merged = false;
      return tx.operations().Update(row);
    }));
  }

  // Keeps what is submitted for the organization's branch waiting, together, until it
  // is notified.
  void OccupyLane(const std::string& organization_id, absl::Notification& until) {
    const auto config = Read(
        [&](const Transaction& tx) { return tx.git_configs().Get(organization_id); });
    ASSERT_OK(config);
    pool_->Submit(WriteLane(*config, config->branch), Context(),
                  [&until](const absl::Status&) { until.WaitForNotification(); });
  }

  OperationRow AwaitEnd(const std::string& operation_id) {
    OperationRow row;
    for (int i = 0; i < 6000; ++i) {
      EXPECT_OK(store_->Read([&](const Transaction& tx) -> absl::Status {
        ASSIGN_OR_RETURN(row, tx.operations().Get(operation_id));
        return absl::OkStatus();
      }));
      if (row.state != OperationState::kRunning) break;
      absl::SleepFor(absl::Milliseconds(10));
    }
    return row;
  }
};

TEST_F(PushRecoveryTest, CommitOnTheRemoteIsRecordedAsDone) {
  const NewApp orders = AddAppWith(dev_, "Orders", kPages);
  const auto pushed = Push(orders, "first");
  ASSERT_OK(pushed);
  StopServices();
  ForgetEnd(orders, pushed->id);
  StartServices();

  ASSERT_OK(service_->Recover());

  const OperationRow row = AwaitEnd(pushed->id);
  EXPECT_EQ(row.state, OperationState::kSucceeded);
  EXPECT_EQ(row.commit_id, remote_.Head());
  EXPECT_EQ(Stored(orders.version).synced_commit_id, remote_.Head());
  EXPECT_THAT(remote_.Log(), ElementsAre("first"));
}

TEST_F(PushRecoveryTest, CommitThatIsNotOnTheRemoteIsMadeAgain) {
  const NewApp orders = AddAppWith(dev_, "Orders", kPages);
  const auto pushed = PushThatGotLost(orders);
  ASSERT_OK(pushed);
  StartServices();

  ASSERT_OK(service_->Recover());

  const OperationRow row = AwaitEnd(pushed->id);
  EXPECT_EQ(row.state, OperationState::kSucceeded);
  EXPECT_THAT(remote_.Log(), ElementsAre("first", "readme"));
  EXPECT_EQ(row.commit_id, remote_.Head());
}

TEST_F(PushRecoveryTest, CommitThatIsMadeAgainOnTheSameBaseIsTheSame) {
  const NewApp orders = AddAppWith(dev_, "Orders", kPages);
  const auto pushed = PushThatGotLost(orders);
  ASSERT_OK(pushed);
  clock_.later = absl::Hours(1);
  StartServices();

  ASSERT_OK(service_->Recover());

  EXPECT_EQ(AwaitEnd(pushed->id).commit_id, pushed->commit_id);
}

TEST_F(PushRecoveryTest, VersionThatChangedSinceIsPushedAsItWas) {
  const NewApp orders = AddAppWith(dev_, "Orders", kPages);
  const auto pushed = PushThatGotLost(orders);
  ASSERT_OK(pushed);
  Edit(orders.version, "{}");
  StartServices();

  ASSERT_OK(service_->Recover());

  const OperationRow row = AwaitEnd(pushed->id);
  EXPECT_EQ(row.state, OperationState::kSucceeded);
  EXPECT_EQ(row.commit_id, pushed->commit_id);
  EXPECT_THAT(remote_.Log(), ElementsAre("first", "readme"));
  EXPECT_EQ(DefinitionOf(orders.version.id), "{}");
  EXPECT_OK(Push(orders, "second"));
}

TEST_F(PushRecoveryTest, VersionThatChangedSinceIsPushedAsItWasWithoutTheMirrorToo) {
  const NewApp orders = AddAppWith(dev_, "Orders", kPages);
  const auto pushed = PushThatGotLost(orders);
  ASSERT_OK(pushed);
  Edit(orders.version, "{}");
  std::filesystem::remove_all(folder_ + "/mirrors");
  StartServices();

  ASSERT_OK(service_->Recover());

  const OperationRow row = AwaitEnd(pushed->id);
  EXPECT_EQ(row.state, OperationState::kSucceeded);
  EXPECT_EQ(row.commit_id, pushed->commit_id);
  EXPECT_THAT(remote_.Log(), ElementsAre("first", "readme"));
  EXPECT_EQ(DefinitionOf(orders.version.id), "{}");
}

TEST_F(PushRecoveryTest, PushToARepositoryThatWasReplacedIsInterrupted) {
  const NewApp orders = AddAppWith(dev_, "Orders", kPages);
  const auto pushed = PushThatGotLost(orders);
  ASSERT_OK(pushed);
  ASSERT_OK(Write([&](Transaction& tx) -> absl::Status {
    ASSIGN_OR_RETURN(GitConfigRow config, tx.git_configs().Get(dev_));
    config.mirror_id = NewUuid();
    return tx.git_configs().Put(config);
  }));
  StartServices();

  ASSERT_OK(service_->Recover());

  const OperationRow row = AwaitEnd(pushed->id);
  EXPECT_EQ(row.state, OperationState::kFailed);
  EXPECT_EQ(row.error_reason, reason::kInterrupted);
  EXPECT_THAT(remote_.Log(), ElementsAre("readme"));
}

// The server was killed while a hook of the remote was at work, and the remote goes on
// with it.
TEST_F(PushRecoveryTest, CommitThatLandsAfterTheRestartIsRecordedOnce) {
  const NewApp orders = AddAppWith(dev_, "Orders", kPages);
  const auto pushed = PushThatGotLost(orders);
  ASSERT_OK(pushed);
  remote_.SetHook("pre-receive",
                  "#!/bin/sh\nenv -u GIT_QUARANTINE_PATH git update-ref "
                  "refs/heads/master " +
                      pushed->commit_id + "\n");
  Edit(orders.version, "{}");
  StartServices();

  ASSERT_OK(service_->Recover());

  const OperationRow row = AwaitEnd(pushed->id);
  EXPECT_EQ(row.state, OperationState::kSucceeded);
  EXPECT_EQ(row.commit_id, pushed->commit_id);
  EXPECT_THAT(remote_.Log(), ElementsAre("first", "readme"));
}

TEST_F(PushRecoveryTest, RemoteThatIsDownIsAskedAgainUntilItAnswers) {
  const NewApp orders = AddAppWith(dev_, "Orders", kPages);
  const auto pushed = Push(orders, "first");
  ASSERT_OK(pushed);
  StopServices();
  ForgetEnd(orders, pushed->id);
  StartServices();
  transport_.SetDown(Error(absl::StatusCode::kUnavailable, reason::kRemoteUnreachable,
                           "the network is down"));
  ASSERT_OK(service_->Recover());
  absl::SleepFor(absl::Milliseconds(200));
  EXPECT_TRUE(Read([&](const Transaction& tx) {
                return tx.operations().Get(pushed->id);
              })->state == OperationState::kRunning);

  transport_.SetDown(absl::OkStatus());

  EXPECT_EQ(AwaitEnd(pushed->id).state, OperationState::kSucceeded);
}

TEST_F(PushRecoveryTest, NewPushSettlesTheOpenOneFirst) {
  const NewApp orders = AddAppWith(dev_, "Orders", kPages);
  const auto first = Push(orders, "first");
  ASSERT_OK(first);
  StopServices();
  ForgetEnd(orders, first->id);
  Edit(orders.version, R"({"pages":[{"name":"home","n":2},{"name":"cart","n":1}]})");
  StartServices();

  // Without Recover: as if its try had failed.
  const auto second = Push(orders, "second");

  ASSERT_OK(second);
  EXPECT_THAT(remote_.Log(), ElementsAre("second", "first"));
  EXPECT_EQ(AwaitEnd(first->id).state, OperationState::kSucceeded);
}

TEST_F(PushRecoveryTest, OpenPushesOfABranchAreFinishedTogether) {
  std::vector<NewApp> apps;
  std::vector<OperationRow> pushed;
  for (const char* name : {"One", "Two", "Three", "Four"}) {
    apps.push_back(AddAppWith(dev_, name, kPages));
    const auto row = Push(apps.back(), name);
    ASSERT_OK(row);
    pushed.push_back(*row);
  }
  StopServices();
  for (size_t i = 0; i < apps.size(); ++i) ForgetEnd(apps[i], pushed[i].id);
  remote_.Git({"update-ref", "refs/heads/master", "master~2"});
  remote_.SetHook("pre-receive",
                  "#!/bin/sh\nread old new ref\ngit rev-list --count $old..$new >> "
                  "received\n");
  StartServices();
  absl::Notification waiting;
  OccupyLane(dev_, waiting);

  ASSERT_OK(service_->Recover());
  waiting.Notify();

  for (size_t i = 0; i < apps.size(); ++i) {
    const OperationRow row = AwaitEnd(pushed[i].id);
    EXPECT_EQ(row.state, OperationState::kSucceeded) << i;
    EXPECT_EQ(row.commit_id, pushed[i].commit_id);
    EXPECT_EQ(Stored(apps[i].version).synced_commit_id, row.commit_id);
  }
  EXPECT_THAT(remote_.Log(), ElementsAre("Four", "Three", "Two", "One"));
  std::ifstream received(remote_.path() + "/received");
  const std::string packs(std::istreambuf_iterator<char>(received), {});
  EXPECT_EQ(packs, "2\n");
}

// A second try was made on another parent, and then the first one landed.
TEST_F(PushRecoveryTest, CommitOfAnEarlierTryIsRecordedAsDone) {
  const NewApp orders = AddAppWith(dev_, "Orders", kPages);
  const auto pushed = Push(orders, "first");
  ASSERT_OK(pushed);
  StopServices();
  ForgetEnd(orders, pushed->id);
  SetSent(pushed->id, {pushed->commit_id}, std::string(40, 'a'));
  remote_.CommitFromElsewhere("README.md", "hello", "readme");
  StartServices();

  ASSERT_OK(service_->Recover());

  const OperationRow row = AwaitEnd(pushed->id);
  EXPECT_EQ(row.state, OperationState::kSucceeded);
  EXPECT_EQ(row.commit_id, pushed->commit_id);
  EXPECT_THAT(remote_.Log(), ElementsAre("readme", "first"));
  const AppRow app = StoredApp(orders.app.id);
  ASSERT_TRUE(app.git_state.has_value());
  EXPECT_EQ(app.git_state->tree_id, remote_.Git({"rev-parse", "master:apps/orders"}));
  EXPECT_EQ(DefinitionOf(orders.version.id), kPages);
}

TEST_F(PushRecoveryTest, CommitOfAnEarlierTryKeepsWhatItMerged) {
  const NewApp orders = AddAppWith(dev_, "Orders", kPages);
  ASSERT_OK(Push(orders, "first"));
  const AppRow before = StoredApp(orders.app.id);
  remote_.CommitFromElsewhere("apps/orders/definition/pages/cart.json",
                              "{\n  \"n\": 7,\n  \"name\": \"cart\"\n}\n", "theirs");
  const std::string ours = R"({"pages":[{"name":"home","n":2},{"name":"cart","n":1}]})";
  Edit(orders.version, ours);
  const auto pushed = Push(orders, "ours");
  ASSERT_OK(pushed);
  ASSERT_TRUE(pushed->files_were_merged);
  StopServices();
  ForgetEnd(orders, pushed->id);
  Edit(orders.version, ours);
  ASSERT_OK(Write([&](Transaction& tx) {
    return tx.apps().SetGitState(orders.app.id, before.git_state);
  }));
  SetSent(pushed->id, {pushed->commit_id}, std::string(40, 'a'));
  StartServices();

  ASSERT_OK(service_->Recover());

  EXPECT_EQ(AwaitEnd(pushed->id).commit_id, pushed->commit_id);
  EXPECT_THAT(DefinitionOf(orders.version.id), HasSubstr("\"n\": 7"));
  EXPECT_THAT(DefinitionOf(orders.version.id), HasSubstr("\"n\": 2"));
}

// A hook that ends the remote's program makes every outcome unknown.
TEST_F(PushRecoveryTest, OneThatIsNeverAnsweredKeepsNoOtherWaiting) {
  std::vector<NewApp> apps;
  std::vector<OperationRow> pushed;
  for (const char* name : {"Good", "Poison", "Fine"}) {
    apps.push_back(AddAppWith(dev_, name, kPages));
    const auto row = Push(apps.back(), name);
    ASSERT_OK(row);
    pushed.push_back(*row);
  }
  StopServices();
  for (size_t i = 0; i < apps.size(); ++i) ForgetEnd(apps[i], pushed[i].id);
  remote_.Git({"update-ref", "-d", "refs/heads/master"});
  remote_.CommitFromElsewhere("README.md", "hello", "readme");
  remote_.SetHook("pre-receive",
                  "#!/bin/sh\nread old new ref\n"
                  "git log --format=%s $old..$new | grep -q Poison && kill -9 $PPID\n"
                  "exit 0\n");
  StartServices();
  absl::Notification waiting;
  OccupyLane(dev_, waiting);

  ASSERT_OK(service_->Recover());
  waiting.Notify();

  EXPECT_EQ(AwaitEnd(pushed[0].id).state, OperationState::kSucceeded);
  EXPECT_EQ(AwaitEnd(pushed[2].id).state, OperationState::kSucceeded);
  EXPECT_THAT(remote_.Log(), UnorderedElementsAre("readme", "Good", "Fine"));
  remote_.SetHook("pre-receive", "#!/bin/sh\nexit 0\n");
  EXPECT_EQ(AwaitEnd(pushed[1].id).state, OperationState::kSucceeded);
  EXPECT_THAT(remote_.Log(), UnorderedElementsAre("readme", "Good", "Fine", "Poison"));
}

class CancelledRecoveryTest : public PushRecoveryTest,
                              public testing::WithParamInterface<const char*> {};

TEST_P(CancelledRecoveryTest, PushIsNotMadeAgain) {
  const NewApp orders = AddAppWith(dev_, "Orders", kPages);
  const NewApp other = AddAppWith(dev_, "Other", kPages);
  const auto kept = Push(other, "other");
  ASSERT_OK(kept);
  const auto cancelled = PushThatGotLost(orders);
  ASSERT_OK(cancelled);
  ForgetEnd(other, kept->id);
  remote_.Git({"update-ref", "refs/heads/master", "master~1"});
  StartServices();
  absl::Notification waiting;
  OccupyLane(dev_, waiting);
  ASSERT_OK(service_->Recover());
  const auto cancel = [&] {
    EXPECT_TRUE(service_->operations().Cancel(cancelled->id));
  };

  if (GetParam() == std::string("InHand")) {
    transport_.OnPush(cancel);
  } else {
    cancel();
  }
  waiting.Notify();

  EXPECT_EQ(AwaitEnd(kept->id).state, OperationState::kSucceeded);
  EXPECT_EQ(AwaitEnd(cancelled->id).state, OperationState::kCancelled);
  EXPECT_THAT(remote_.Log(), ElementsAre("other"));
}

INSTANTIATE_TEST_SUITE_P(While, CancelledRecoveryTest,
                         testing::Values("Waiting", "InHand"),
                         [](const auto& when) { return std::string(when.param); });

TEST_F(PushRecoveryTest, StopLeavesWhatIsNotFinishedOpen) {
  const NewApp orders = AddAppWith(dev_, "Orders", kPages);
  const NewApp other = AddAppWith(dev_, "Other", kPages);
  const auto found = Push(other, "other");
  ASSERT_OK(found);
  const auto lost = PushThatGotLost(orders);
  ASSERT_OK(lost);
  ForgetEnd(other, found->id);
  StartServices();
  absl::Notification waiting;
  OccupyLane(dev_, waiting);
  ASSERT_OK(service_->Recover());

  std::thread stop([this] { pool_->Shutdown(absl::Now()); });
  // What waits has been refused before the lane is free.
  while (pool_->load().waiting > 0) absl::SleepFor(absl::Milliseconds(1));
  waiting.Notify();
  stop.join();
  StopServices();

  for (const std::string& id : {found->id, lost->id}) {
    const auto row =
        Read([&](const Transaction& tx) { return tx.operations().Get(id); });
    ASSERT_OK(row);
    EXPECT_EQ(row->state, OperationState::kRunning);
  }
}

TEST_F(PushRecoveryTest, OperationWithoutAnIntentIsInterrupted) {
  const NewApp orders = AddAppWith(dev_, "Orders", "{}");
  const OperationRow open = AddRunningOperation(orders.app, orders.version.id);

  ASSERT_OK(service_->Recover());

  const OperationRow row = AwaitEnd(open.id);
  EXPECT_EQ(row.state, OperationState::kFailed);
  EXPECT_EQ(row.error_reason, reason::kInterrupted);
}

TEST_F(PushRecoveryTest, RemoteThatIsLeftAloneMakesRecoveryWaitLonger) {
  const NewApp orders = AddAppWith(dev_, "Orders", kPages);
  const NewApp other = AddAppWith(dev_, "Other", kPages);
  const auto pushed = PushThatGotLost(orders);
  ASSERT_OK(pushed);
  transport_.SetDown(
      Error(absl::StatusCode::kUnavailable, reason::kRemoteUnreachable, "It is down."));
  StartServices();
  absl::Status refused;
  for (int i = 0; i < 10 && ReasonOf(refused) != reason::kRemotePaused; ++i) {
    refused = Push(other, "x").status();
  }
  ASSERT_THAT(refused, StatusIs(absl::StatusCode::kUnavailable, reason::kRemotePaused));

  ASSERT_OK(service_->Recover());
  const auto open =
      Read([&](const Transaction& tx) { return tx.operations().Get(pushed->id); });
  ASSERT_OK(open);
  EXPECT_EQ(open->state, OperationState::kRunning);
  transport_.SetDown(absl::OkStatus());
  // Who tests the connection ends the pause.
  EXPECT_OK(Await<std::vector<ConnectionStepResult>>(
      [&](auto done) { service_->TestGitConnection(Admin(), dev_, Context(), done); }));

  EXPECT_EQ(AwaitEnd(pushed->id).state, OperationState::kSucceeded);
  EXPECT_THAT(remote_.Log(), ElementsAre("first", "readme"));
}

}  // namespace
}  // namespace gitsync
