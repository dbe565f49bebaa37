#include "server/operation/operation_runner.h"

#include <atomic>
#include <future>
#include <memory>
#include <string>
#include <vector>

#include "absl/synchronization/notification.h"
#include "server/base/error.h"
#include "server/base/reason.h"
#include "server/base/status_macros.h"
#include "tests/support/forwarding_store.h"
#include "tests/unit/resource/harness.h"

namespace gitsync {
namespace {

using ::testing::ElementsAre;
using OperationRun = OperationRunner::Run;

// Passes on to another store, but refuses as many writes as it is told to.
class RefusingStore : public ForwardingStore {
 public:
  using ForwardingStore::ForwardingStore;
  absl::Status Write(absl::FunctionRef<absl::Status(Transaction&)> body) override {
    if (refusals > 0) {
      --refusals;
      return Error(absl::StatusCode::kResourceExhausted, reason::kStorageFull, "full");
    }
    return ForwardingStore::Write(body);
  }

  std::atomic<int> refusals = 0;
};

class OperationRunnerTest : public StoreTest {
 protected:
  void SetUp() override {
    StoreTest::SetUp();
    StartRunner();
    app_ = AddApp(AddOrganization("Acme"), "Orders");
  }

  void TearDown() override {
    StopRunner();
    StoreTest::TearDown();
  }

  void StartRunner() {
    pool_ = std::make_unique<WorkerPool>(WorkerPool::Options{.threads = 4});
    refusing_ = std::make_unique<RefusingStore>(store_.get());
    runner_ = std::make_unique<OperationRunner>(refusing_.get(), pool_.get(), &clock_,
                                                absl::Seconds(10));
  }

  void StopRunner() {
    if (pool_ != nullptr) pool_->Shutdown(absl::Now() + absl::Seconds(5));
    runner_.reset();
    pool_.reset();
  }

  // What Start is to plan: `body` in lane "lane".
  auto PlanOf(OperationRunner::Body body) {
    return [this, body = std::move(body)](
               const Transaction&) -> absl::StatusOr<OperationRunner::Plan> {
      OperationRunner::Plan plan;
      plan.row.organization_id = app_.organization_id;
      plan.row.app_id = app_.id;
      plan.row.type = OperationType::kPull;
      plan.lane = {app_.organization_id, "lane"};
      plan.body = body;
      return plan;
    };
  }

  OperationRunner::Plan PlanToResume(const OperationRow& row,
                                     OperationRunner::Body body) {
    OperationRunner::Plan plan;
    plan.row = row;
    plan.lane = {app_.organization_id, "lane"};
    plan.body = std::move(body);
    return plan;
  }

  // Does nothing, and succeeds.
  OperationRunner::Body Succeeding() {
    return [this](OperationRun& run) {
      return store_->Write([&](Transaction& tx) { return run.Succeed(tx); });
    };
  }

  // Starts an operation; the future is its end.
  std::future<absl::StatusOr<OperationRow>> Start(const RequestKey& request,
                                                  const Context& context,
                                                  OperationRunner::Body body) {
    auto promise = std::make_shared<std::promise<absl::StatusOr<OperationRow>>>();
    auto future = promise->get_future();
    runner_->Start(request, context, PlanOf(std::move(body)),
                   [promise](absl::StatusOr<OperationRow> ended) {
                     promise->set_value(std::move(ended));
                   });
    return future;
  }

  struct Held {
    std::string id;
    std::future<absl::StatusOr<OperationRow>> ended;
  };

  // An operation that runs until its context ends and, if there is one, `more` has
  // come.
  Held StartHeld(const Context& context = Context(),
                 absl::Notification* more = nullptr) {
    Held held;
    absl::Notification running;
    held.ended = Start({}, context, [&held, &running, more](OperationRun& run) {
      held.id = run.row().id;
      running.Notify();
      while (run.context().Check().ok()) absl::SleepFor(absl::Milliseconds(1));
      if (more != nullptr) more->WaitForNotification();
      return run.context().Check();
    });
    running.WaitForNotification();
    return held;
  }

  OperationRow Stored(const std::string& id) {
    const auto row =
        Read([&](const Transaction& tx) { return tx.operations().Get(id); });
    EXPECT_OK(row);
    return row.ok() ? *row : OperationRow();
  }

  std::vector<OperationRow> StoredOperations() {
    const auto page = Read([&](const Transaction& tx) {
      return tx.operations().List(app_.organization_id, "", {});
    });
    EXPECT_OK(page);
    return page.ok() ? page->rows : std::vector<OperationRow>();
  }

  SystemClock clock_;
  AppRow app_;
  std::unique_ptr<WorkerPool> pool_;
  std::unique_ptr<RefusingStore> refusing_;
  std::unique_ptr<OperationRunner> runner_;
};

TEST_F(OperationRunnerTest, SuccessIsRecordedAndReturned) {
  const auto ended = Start({}, Context(), Succeeding()).get();

  ASSERT_OK(ended);
  EXPECT_EQ(ended->state, OperationState::kSucceeded);
  EXPECT_EQ(Stored(ended->id).state, OperationState::kSucceeded);
  EXPECT_TRUE(Stored(ended->id).end_time.has_value());
}

TEST_F(OperationRunnerTest, FailureIsRecordedWithItsReason) {
  const auto ended = Start({}, Context(), [](OperationRun&) -> absl::Status {
                       return Error(absl::StatusCode::kAborted, reason::kAppConflict,
                                    "both changed it");
                     }).get();

  EXPECT_THAT(ended, StatusIs(absl::StatusCode::kAborted, reason::kAppConflict));
  const std::vector<OperationRow> rows = StoredOperations();
  ASSERT_EQ(rows.size(), 1u);
  EXPECT_EQ(rows[0].state, OperationState::kFailed);
  EXPECT_EQ(rows[0].error_reason, reason::kAppConflict);
  EXPECT_EQ(rows[0].error_message, "both changed it");
}

TEST_F(OperationRunnerTest, PlanThatFailsLeavesNoRecord) {
  absl::Notification ended;
  runner_->Start(
      {"key", "print"}, Context(),
      [](const Transaction&) -> absl::StatusOr<OperationRunner::Plan> {
        return Error(absl::StatusCode::kNotFound, reason::kAppNotFound, "none");
      },
      [&](const absl::StatusOr<OperationRow>& result) {
        EXPECT_THAT(result,
                    StatusIs(absl::StatusCode::kNotFound, reason::kAppNotFound));
        ended.Notify();
      });
  ended.WaitForNotification();

  EXPECT_TRUE(StoredOperations().empty());
  // Nothing was done, so the same id may be used again.
  EXPECT_OK(Start({"key", "print"}, Context(), Succeeding()).get());
}

TEST_F(OperationRunnerTest, RepeatedRequestGetsTheFirstOnesResult) {
  std::atomic<int> runs = 0;
  const auto counted = [&](OperationRun& run) {
    ++runs;
    return Succeeding()(run);
  };
  const auto first = Start({"key", "print"}, Context(), counted).get();
  ASSERT_OK(first);

  const auto second = Start({"key", "print"}, Context(), counted).get();

  ASSERT_OK(second);
  EXPECT_EQ(second->id, first->id);
  EXPECT_EQ(runs, 1);
}

TEST_F(OperationRunnerTest, RepeatedRequestAfterARestartGetsTheFirstOnesResult) {
  const auto first = Start({"key", "print"}, Context(), Succeeding()).get();
  ASSERT_OK(first);
  StopRunner();
  StartRunner();

  const auto second = Start({"key", "print"}, Context(), Succeeding()).get();

  ASSERT_OK(second);
  EXPECT_EQ(second->id, first->id);
}

TEST_F(OperationRunnerTest, RepeatedRequestJoinsTheOneInProgress) {
  absl::Notification go;
  std::atomic<int> runs = 0;
  const auto slow = [&](OperationRun& run) {
    ++runs;
    go.WaitForNotification();
    return Succeeding()(run);
  };
  auto first = Start({"key", "print"}, Context(), slow);
  auto second = Start({"key", "print"}, Context(), slow);
  go.Notify();

  const auto first_end = first.get();
  const auto second_end = second.get();

  ASSERT_OK(first_end);
  ASSERT_OK(second_end);
  EXPECT_EQ(first_end->id, second_end->id);
  EXPECT_EQ(runs, 1);
}

TEST_F(OperationRunnerTest, RequestIdOfAnotherRequestIsRefused) {
  ASSERT_OK(Start({"key", "print"}, Context(), Succeeding()).get());

  const auto other = Start({"key", "another"}, Context(), Succeeding()).get();

  EXPECT_THAT(other,
              StatusIs(absl::StatusCode::kInvalidArgument, reason::kRequestIdReused));
}

TEST_F(OperationRunnerTest, FailedRequestIsTriedAgain) {
  const auto failed =
      Start({"key", "print"}, Context(), [](OperationRun&) -> absl::Status {
        return Error(absl::StatusCode::kUnavailable, reason::kRemoteUnreachable,
                     "gone");
      }).get();
  ASSERT_FALSE(failed.ok());

  EXPECT_OK(Start({"key", "print"}, Context(), Succeeding()).get());
}

TEST_F(OperationRunnerTest, CancelReachesTheBody) {
  Held held = StartHeld();

  EXPECT_TRUE(runner_->Cancel(held.id));

  EXPECT_THAT(held.ended.get(), HasCode(absl::StatusCode::kCancelled));
  EXPECT_EQ(Stored(held.id).state, OperationState::kCancelled);
  EXPECT_FALSE(runner_->Cancel(held.id));
}

TEST_F(OperationRunnerTest, CallerThatGoesAwayCancels) {
  Context context;
  Held held = StartHeld(context);

  context.cancellation->Cancel();

  EXPECT_THAT(held.ended.get(), HasCode(absl::StatusCode::kCancelled));
}

TEST_F(OperationRunnerTest, OneThatAShutdownCutsWasNotCancelled) {
  Context context;
  Held held = StartHeld(context);

  context.cancellation->Cancel(Cancellation::Cause::kShutdown);

  EXPECT_THAT(held.ended.get(),
              StatusIs(absl::StatusCode::kUnavailable, reason::kShuttingDown));
  EXPECT_EQ(Stored(held.id).state, OperationState::kFailed);
  EXPECT_EQ(Stored(held.id).error_reason, reason::kShuttingDown);
}

TEST_F(OperationRunnerTest, OneThatWasCancelledStaysSoWhenAShutdownCutsIt) {
  Context context;
  absl::Notification cut;
  Held held = StartHeld(context, &cut);

  EXPECT_TRUE(runner_->Cancel(held.id));
  context.cancellation->Cancel(Cancellation::Cause::kShutdown);
  cut.Notify();

  EXPECT_THAT(held.ended.get(), HasCode(absl::StatusCode::kCancelled));
  EXPECT_EQ(Stored(held.id).state, OperationState::kCancelled);
}

TEST_F(OperationRunnerTest, OperationRefusedByThePoolIsRecorded) {
  pool_->Shutdown(absl::Now());

  const auto ended = Start({}, Context(), Succeeding()).get();

  EXPECT_THAT(ended, StatusIs(absl::StatusCode::kUnavailable, reason::kShuttingDown));
  ASSERT_EQ(StoredOperations().size(), 1u);
  EXPECT_EQ(StoredOperations()[0].state, OperationState::kFailed);
}

TEST_F(OperationRunnerTest, WatcherSeesPhasesAndTheEnd) {
  absl::Notification watched;
  absl::Notification running;
  std::string id;
  std::vector<OperationPhase> phases;
  auto ended = Start({}, Context(), [&](OperationRun& run) {
    id = run.row().id;
    running.Notify();
    watched.WaitForNotification();
    run.SetPhase(OperationPhase::kFetching);
    return Succeeding()(run);
  });
  running.WaitForNotification();

  const auto watch = runner_->Subscribe(
      id, [&](const OperationRow& row) { phases.push_back(row.phase); });
  ASSERT_NE(watch, nullptr);
  watched.Notify();
  ASSERT_OK(ended.get());

  EXPECT_THAT(phases, ElementsAre(OperationPhase::kQueued, OperationPhase::kFetching,
                                  OperationPhase::kDone));
  EXPECT_EQ(runner_->Subscribe(id, [](const OperationRow&) {}), nullptr);
}

TEST_F(OperationRunnerTest, UnknownOutcomeStaysOpenUntilItIsResumed) {
  std::vector<OperationRow> unknown;
  runner_->SetOnOpen([&](const OperationRow& row, const absl::Status& failure) {
    EXPECT_OK(failure);
    unknown.push_back(row);
  });
  const auto first =
      Start({"key", "print"}, Context(), [](OperationRun&) -> absl::Status {
        return Error(absl::StatusCode::kUnavailable, reason::kOutcomeUnknown,
                     "connection lost");
      }).get();
  EXPECT_THAT(first, StatusIs(absl::StatusCode::kUnavailable, reason::kOutcomeUnknown));
  // Waits for the worker, which reports the unknown outcome after the end was told.
  pool_->Shutdown(absl::Now() + absl::Seconds(1));
  ASSERT_EQ(unknown.size(), 1u);
  EXPECT_EQ(Stored(unknown[0].id).state, OperationState::kRunning);

  StopRunner();
  StartRunner();
  std::promise<absl::StatusOr<OperationRow>> resumed;
  runner_->Resume(PlanToResume(unknown[0], Succeeding()),
                  [&](absl::StatusOr<OperationRow> row) { resumed.set_value(row); });

  ASSERT_OK(resumed.get_future().get());
  const auto repeated = Start({"key", "print"}, Context(), Succeeding()).get();
  ASSERT_OK(repeated);
  EXPECT_EQ(repeated->id, unknown[0].id);
}

TEST_F(OperationRunnerTest, OnlyCancellationAfterAnUnknownOutcomeCancelsWhatComesThen) {
  const absl::Status unknown =
      Error(absl::StatusCode::kUnavailable, reason::kOutcomeUnknown, "connection lost");
  Context context;
  std::promise<OperationRow> left_open;
  runner_->SetOnOpen([&left_open](const OperationRow& row, const absl::Status&) {
    left_open.set_value(row);
  });
  const auto first = Start({}, context, [&](OperationRun& run) -> absl::Status {
                       context.cancellation->Cancel();
                       EXPECT_TRUE(runner_->Cancel(run.row().id));
                       EXPECT_TRUE(runner_->IsCancelled(run.row().id));
                       return unknown;
                     }).get();
  EXPECT_EQ(first.status(), unknown);
  const OperationRow open = left_open.get_future().get();
  left_open = {};
  EXPECT_FALSE(runner_->IsCancelled(open.id));

  std::promise<absl::StatusOr<OperationRow>> second;
  runner_->Resume(PlanToResume(open,
                               [&](OperationRun& run) -> absl::Status {
                                 EXPECT_OK(run.context().Check());
                                 EXPECT_TRUE(runner_->Cancel(open.id));
                                 EXPECT_FALSE(run.context().Check().ok());
                                 return unknown;
                               }),
                  [&](absl::StatusOr<OperationRow> row) { second.set_value(row); });

  ASSERT_EQ(second.get_future().get().status(), unknown);
  left_open.get_future().get();
  EXPECT_TRUE(runner_->IsCancelled(open.id));
}

TEST_F(OperationRunnerTest, FailureThatTheStoreRefusesStaysOpenUntilItIsRecorded) {
  OperationRow left;
  absl::Status failure;
  absl::Notification open;
  runner_->SetOnOpen([&](const OperationRow& row, const absl::Status& status) {
    left = row;
    failure = status;
    open.Notify();
  });
  refusing_->refusals = 1;
  const auto first = Start({"key", "print"}, Context(), [](OperationRun&) {
                       return absl::Status(Error(absl::StatusCode::kAborted,
                                                 reason::kAppConflict, "both"));
                     }).get();
  EXPECT_THAT(first, StatusIs(absl::StatusCode::kAborted, reason::kAppConflict));
  open.WaitForNotification();
  EXPECT_EQ(Stored(left.id).state, OperationState::kRunning);
  auto repeated = Start({"key", "print"}, Context(), Succeeding());

  runner_->End(left, failure);

  EXPECT_EQ(Stored(left.id).error_reason, reason::kAppConflict);
  EXPECT_THAT(repeated.get(),
              StatusIs(absl::StatusCode::kAborted, reason::kAppConflict));
  EXPECT_OK(Start({"key", "print"}, Context(), Succeeding()).get());
}

// Operations that run together, held before and after they take along what waits.
class JointOperationsTest : public OperationRunnerTest {
 protected:
  using Ended = std::future<absl::StatusOr<OperationRow>>;

  Ended Start(const std::string& key, const Context& context = Context()) {
    auto promise = std::make_shared<std::promise<absl::StatusOr<OperationRow>>>();
    auto future = promise->get_future();
    runner_->Start(
        {}, context,
        [&](const Transaction&) -> absl::StatusOr<OperationRunner::Plan> {
          OperationRow row;
          row.organization_id = app_.organization_id;
          row.app_id = app_.id;
          row.type = OperationType::kPush;
          return JointPlan(std::move(row), key);
        },
        [promise](absl::StatusOr<OperationRow> ended) {
          promise->set_value(std::move(ended));
        });
    return future;
  }

  OperationRunner::Plan JointPlan(OperationRow row, const std::string& key) {
    OperationRunner::Plan plan;
    plan.row = std::move(row);
    plan.lane = {app_.organization_id, "lane"};
    plan.joint_key = key;
    plan.joint_body = [this](const std::vector<OperationRun*>& runs,
                             const Context& shared) { Work(runs, shared); };
    return plan;
  }

  // What goes first by itself, so that what is started meanwhile waits together.
  Ended Occupy() {
    Ended first = Start("first");
    working_.WaitForNotification();
    return first;
  }

  void Work(const std::vector<OperationRun*>& runs, const Context& context) {
    if (!working_.HasBeenNotified()) {
      working_.Notify();
      waiting_.WaitForNotification();
    } else {
      together_ = runs.size();
      if (before_) before_(runs, context);
    }
    for (OperationRun* run : runs) {
      if (!run->Claim()) continue;
      run->End(store_->Write([&](Transaction& tx) { return run->Succeed(tx); }));
    }
  }

  absl::Notification working_, waiting_;
  std::function<void(const std::vector<OperationRun*>&, const Context&)> before_;
  size_t together_ = 0;
};

TEST_F(JointOperationsTest, WhatWaitsRunsTogetherAndEachIsAnswered) {
  Ended first = Occupy();
  Ended a = Start("a"), b = Start("b"), c = Start("c");

  waiting_.Notify();

  for (Ended* one : {&first, &a, &b, &c}) {
    const auto ended = one->get();
    ASSERT_OK(ended);
    EXPECT_EQ(Stored(ended->id).state, OperationState::kSucceeded);
  }
  EXPECT_EQ(together_, 3u);
}

TEST_F(JointOperationsTest, OneWithoutAKeyGoesAlone) {
  Ended first = Occupy();
  Ended alone = Start(""), a = Start("a"), b = Start("b");
  std::vector<size_t> sizes;
  before_ = [&](const std::vector<OperationRun*>& runs, const Context&) {
    sizes.push_back(runs.size());
  };

  waiting_.Notify();

  for (Ended* one : {&first, &alone, &a, &b}) EXPECT_OK(one->get());
  EXPECT_THAT(sizes, testing::ElementsAre(1, 2));
}

TEST_F(JointOperationsTest, OneThatIsCancelledIsAnsweredAtOnceAndTheOthersGoOn) {
  Ended first = Occupy();
  const Context cancelled;
  Ended a = Start("a", cancelled), b = Start("b");
  absl::Status answer;
  before_ = [&](const std::vector<OperationRun*>& runs, const Context& context) {
    cancelled.cancellation->Cancel();
    answer = a.get().status();  // before the others are done
    EXPECT_FALSE(runs[0]->Claim());
    EXPECT_TRUE(runs[1]->Claim());
    EXPECT_OK(context.Check());
  };

  waiting_.Notify();

  EXPECT_OK(b.get());
  EXPECT_OK(first.get());
  EXPECT_THAT(answer, StatusIs(absl::StatusCode::kCancelled, reason::kCancelled));
}

TEST_F(JointOperationsTest, OneThatIsClaimedEndsByItsWork) {
  Ended first = Occupy();
  const Context cancelled;
  Ended a = Start("a", cancelled), b = Start("b");
  before_ = [&](const std::vector<OperationRun*>& runs, const Context& context) {
    EXPECT_TRUE(runs[0]->Claim());
    cancelled.cancellation->Cancel();
    EXPECT_OK(context.Check());
  };

  waiting_.Notify();

  EXPECT_OK(a.get());
  EXPECT_OK(b.get());
  EXPECT_OK(first.get());
}

TEST_F(JointOperationsTest, WorkIsCancelledWhenNobodyWantsItAnyMore) {
  Ended first = Occupy();
  const Context one, other;
  Ended a = Start("a", one), b = Start("b", other);
  absl::Status seen;
  before_ = [&](const std::vector<OperationRun*>&, const Context& context) {
    one.cancellation->Cancel();
    other.cancellation->Cancel();
    const absl::Time limit = absl::Now() + absl::Seconds(10);
    while (context.Check().ok() && absl::Now() < limit) {
      absl::SleepFor(absl::Milliseconds(1));
    }
    seen = context.Check();
  };

  waiting_.Notify();

  EXPECT_THAT(a.get(), HasCode(absl::StatusCode::kCancelled));
  EXPECT_THAT(b.get(), HasCode(absl::StatusCode::kCancelled));
  EXPECT_OK(first.get());
  StopRunner();  // they were answered while the work went on
  EXPECT_THAT(seen, HasCode(absl::StatusCode::kCancelled));
}

TEST_F(JointOperationsTest, OneOfUnknownOutcomeIsClaimedAgainWhenItIsResumed) {
  std::promise<OperationRow> left_open;
  runner_->SetOnOpen(
      [&](const OperationRow& row, const absl::Status&) { left_open.set_value(row); });
  working_.Notify();
  before_ = [&](const std::vector<OperationRun*>& runs, const Context&) {
    runs[0]->End(
        Error(absl::StatusCode::kUnavailable, reason::kOutcomeUnknown, "broke"));
    EXPECT_FALSE(runs[0]->Claim());
  };
  EXPECT_THAT(Start("a").get(),
              StatusIs(absl::StatusCode::kUnavailable, reason::kOutcomeUnknown));
  const OperationRow open = left_open.get_future().get();
  EXPECT_EQ(Stored(open.id).state, OperationState::kRunning);

  std::promise<absl::StatusOr<OperationRow>> ended;
  runner_->Resume(
      PlanToResume(open,
                   [&](OperationRun& run) -> absl::Status {
                     EXPECT_TRUE(run.Claim());
                     return store_->Write(
                         [&](Transaction& tx) { return run.Succeed(tx); });
                   }),
      [&](absl::StatusOr<OperationRow> row) { ended.set_value(std::move(row)); });

  EXPECT_OK(ended.get_future().get());
  EXPECT_EQ(Stored(open.id).state, OperationState::kSucceeded);
}

TEST_F(JointOperationsTest, OneThatWasOpenIsNotCalledOffAndStaysCancelled) {
  std::promise<OperationRow> left_open;
  runner_->SetOnOpen(
      [&](const OperationRow& row, const absl::Status&) { left_open.set_value(row); });
  const absl::Status unknown =
      Error(absl::StatusCode::kUnavailable, reason::kOutcomeUnknown, "broke");
  Ended first = Occupy();
  const OperationRow open = AddRunningOperation(app_, "");
  std::promise<absl::StatusOr<OperationRow>> ended;
  runner_->Resume(JointPlan(open, "a"), [&](absl::StatusOr<OperationRow> row) {
    ended.set_value(std::move(row));
  });
  Ended b = Start("b");
  before_ = [&](const std::vector<OperationRun*>& runs, const Context& context) {
    EXPECT_TRUE(runs[0]->was_open());
    EXPECT_FALSE(runs[1]->was_open());
    EXPECT_TRUE(runner_->Cancel(open.id));
    absl::SleepFor(absl::Milliseconds(50));  // it would be called off in this time
    EXPECT_FALSE(runs[0]->HasEnded());
    EXPECT_OK(context.Check());
    runs[0]->End(unknown);
  };

  waiting_.Notify();

  EXPECT_THAT(ended.get_future().get(),
              StatusIs(absl::StatusCode::kUnavailable, reason::kOutcomeUnknown));
  EXPECT_EQ(left_open.get_future().get().id, open.id);
  EXPECT_TRUE(runner_->IsCancelled(open.id));
  EXPECT_EQ(Stored(open.id).state, OperationState::kRunning);
  EXPECT_OK(b.get());
  EXPECT_OK(first.get());
}

TEST_F(JointOperationsTest, OneThatHasSucceededIsNotRecordedAsFailed) {
  OperationRow done;
  working_.Notify();
  before_ = [&](const std::vector<OperationRun*>& runs, const Context&) {
    ASSERT_OK(store_->Write([&](Transaction& tx) { return runs[0]->Succeed(tx); }));
    done = runs[0]->row();
    runs[0]->End(Error(absl::StatusCode::kAborted, reason::kInterrupted, "late"));
  };

  EXPECT_THAT(Start("a").get(), HasCode(absl::StatusCode::kAborted));

  EXPECT_EQ(Stored(done.id).state, OperationState::kSucceeded);
}

}  // namespace
}  // namespace gitsync
