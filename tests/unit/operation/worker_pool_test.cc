#include "server/operation/worker_pool.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/synchronization/blocking_counter.h"
#include "absl/synchronization/mutex.h"
#include "absl/synchronization/notification.h"
#include "absl/time/clock.h"
#include "server/base/reason.h"
#include "tests/support/status_matchers.h"

namespace gitsync {
namespace {

using testing::ElementsAre;

// What work was called with, in order.
class Journal {
 public:
  WorkerPool::Work Entry(const std::string& name) {
    return [this, name](const absl::Status& status) {
      absl::MutexLock lock(&mutex_);
      names_.push_back(name);
      statuses_.push_back(status);
    };
  }
  // Blocks for `count` entries, 5 seconds at most.
  std::vector<std::string> Names(size_t count) {
    Wait(count);
    absl::MutexLock lock(&mutex_);
    return names_;
  }
  std::vector<absl::Status> Statuses(size_t count) {
    Wait(count);
    absl::MutexLock lock(&mutex_);
    return statuses_;
  }

 private:
  void Wait(size_t count) {
    const auto enough = [this, count] { return names_.size() >= count; };
    absl::MutexLock lock(&mutex_);
    EXPECT_TRUE(mutex_.AwaitWithTimeout(absl::Condition(&enough), absl::Seconds(5)));
  }

  absl::Mutex mutex_;
  std::vector<std::string> names_;
  std::vector<absl::Status> statuses_;
};

WorkerPool::Work Block(absl::Notification* started, absl::Notification* go) {
  return [started, go](const absl::Status&) {
    started->Notify();
    go->WaitForNotification();
  };
}

TEST(WorkerPoolTest, LaneRunsInOrderOneAtATime) {
  absl::Mutex mutex;
  std::vector<int> order;
  int at_once = 0;
  bool overlapped = false;
  absl::BlockingCounter* done = new absl::BlockingCounter(50);
  WorkerPool pool({.threads = 4});
  for (int i = 0; i < 50; ++i) {
    pool.Submit({"lane", "lane"}, Context(), [&, i](const absl::Status& status) {
      EXPECT_OK(status);
      {
        absl::MutexLock lock(&mutex);
        overlapped |= ++at_once > 1;
        order.push_back(i);
      }
      absl::MutexLock lock(&mutex);
      --at_once;
      done->DecrementCount();
    });
  }
  done->Wait();
  delete done;

  EXPECT_FALSE(overlapped);
  EXPECT_TRUE(std::is_sorted(order.begin(), order.end()));
}

TEST(WorkerPoolTest, LanesTakeTurns) {
  Journal journal;
  absl::Notification started, go;
  WorkerPool pool({.threads = 1});
  pool.Submit({"first", "lane"}, Context(), Block(&started, &go));
  started.WaitForNotification();
  for (int i = 0; i < 3; ++i) {
    pool.Submit({"long", "lane"}, Context(), journal.Entry(absl::StrCat("long", i)));
  }
  pool.Submit({"short", "lane"}, Context(), journal.Entry("short"));

  go.Notify();

  EXPECT_THAT(journal.Names(4), ElementsAre("long0", "short", "long1", "long2"));
}

TEST(WorkerPoolTest, LanesRunAtTheSameTime) {
  absl::Notification started[3], go;
  WorkerPool pool({.threads = 3});
  for (int i = 0; i < 3; ++i) {
    pool.Submit({absl::StrCat(i), "lane"}, Context(), Block(&started[i], &go));
  }

  for (absl::Notification& one : started) one.WaitForNotification();

  EXPECT_EQ(pool.load().running, 3);
  go.Notify();
}

TEST(WorkerPoolTest, WaitingWorkIsAnsweredWhenItsContextEnds) {
  Journal journal;
  absl::Notification started, go;
  WorkerPool pool({.threads = 1});
  pool.Submit({"lane", "lane"}, Context(), Block(&started, &go));
  started.WaitForNotification();
  Context cancelled;
  Context late;
  late.deadline = absl::Now() + absl::Milliseconds(50);
  pool.Submit({"lane", "lane"}, cancelled, journal.Entry("cancelled"));
  pool.Submit({"other", "lane"}, late, journal.Entry("late"));

  cancelled.cancellation->Cancel();

  // While the only worker is busy.
  EXPECT_THAT(
      journal.Statuses(2),
      testing::UnorderedElementsAre(
          StatusIs(absl::StatusCode::kCancelled, reason::kCancelled),
          StatusIs(absl::StatusCode::kDeadlineExceeded, reason::kDeadlineExceeded)));
  EXPECT_EQ(pool.load().waiting, 0);
  go.Notify();
}

TEST(WorkerPoolTest, FullQueuesRefuse) {
  Journal journal;
  absl::Notification started, go;
  WorkerPool pool({.threads = 1, .queue_limit = 2, .owner_queue_limit = 1});
  pool.Submit({"a", "lane"}, Context(), Block(&started, &go));
  started.WaitForNotification();
  Journal waiting;
  pool.Submit({"a", "lane"}, Context(), waiting.Entry("a"));
  pool.Submit({"a", "lane"}, Context(), journal.Entry("lane is full"));
  pool.Submit({"b", "lane"}, Context(), waiting.Entry("b"));
  pool.Submit({"c", "lane"}, Context(), journal.Entry("pool is full"));

  EXPECT_THAT(journal.Statuses(2),
              testing::Each(
                  StatusIs(absl::StatusCode::kResourceExhausted, reason::kServerBusy)));
  go.Notify();
  EXPECT_THAT(waiting.Statuses(2), testing::Each(HasCode(absl::StatusCode::kOk)));
}

TEST(WorkerPoolTest, ShutdownRefusesWhatWaitsAndCancelsWhatRuns) {
  Journal journal;
  Context context;
  absl::Notification started;
  WorkerPool pool({.threads = 1});
  pool.Submit({"lane", "lane"}, context, [&](const absl::Status&) {
    started.Notify();
    while (context.Check().ok()) absl::SleepFor(absl::Milliseconds(1));
  });
  started.WaitForNotification();
  pool.Submit({"lane", "lane"}, Context(), journal.Entry("waiting"));

  pool.Shutdown(absl::Now() + absl::Milliseconds(30));

  EXPECT_TRUE(context.cancellation->IsCancelled());
  pool.Submit({"lane", "lane"}, Context(), journal.Entry("after"));
  EXPECT_THAT(
      journal.Statuses(2),
      testing::Each(StatusIs(absl::StatusCode::kUnavailable, reason::kShuttingDown)));
}

TEST(WorkerPoolTest, OwnersTakeTurnsWhateverTheNumberOfTheirLanes) {
  Journal journal;
  absl::Notification started, go;
  WorkerPool pool({.threads = 1});
  pool.Submit({"first", "lane"}, Context(), Block(&started, &go));
  started.WaitForNotification();
  for (int i = 0; i < 3; ++i) {
    const std::string lane = absl::StrCat(i);
    pool.Submit({"many", lane}, Context(), journal.Entry(absl::StrCat("many", i)));
  }
  pool.Submit({"one", "lane"}, Context(), journal.Entry("one"));

  go.Notify();

  EXPECT_THAT(journal.Names(4), ElementsAre("many0", "one", "many1", "many2"));
}

TEST(WorkerPoolTest, OneOwnerDoesNotGetAllWorkers) {
  Journal journal;
  absl::Notification started, go;
  WorkerPool pool({.threads = 4});
  pool.Submit({"slow", "a"}, Context(), Block(&started, &go));
  started.WaitForNotification();
  pool.Submit({"slow", "b"}, Context(), journal.Entry("slow"));
  pool.Submit({"other", "a"}, Context(), journal.Entry("other"));

  EXPECT_THAT(journal.Names(1), ElementsAre("other"));
  go.Notify();
  EXPECT_THAT(journal.Names(2), ElementsAre("other", "slow"));
}

// Work of one lane that takes along what it can when it is told to go.
class JointTest : public testing::Test {
 protected:
  JointTest() : pool_({.threads = 1}) {
    pool_.SubmitJoint(
        kLane, Context(),
        [this](const absl::Status&) {
          started_.Notify();
          take_.WaitForNotification();
          for (const auto& payload : pool_.TakeAlong(kLane, limits_)) {
            taken_.push_back(*std::static_pointer_cast<std::string>(payload));
          }
          took_.Notify();
          end_.WaitForNotification();
        },
        {.payload = std::make_shared<std::string>("first"),
         .key = "first",
         .weight = 1,
         .on_end = nullptr});
    started_.WaitForNotification();
  }

  void Submit(const std::string& name, const std::string& key, int64_t weight = 1,
              const Context& context = Context()) {
    pool_.SubmitJoint(
        kLane, context, journal_.Entry(name),
        {.payload = std::make_shared<std::string>(name),
         .key = key,
         .weight = weight,
         .on_end = [this](const absl::Status& status) { ends_.Entry("end")(status); }});
  }

  std::vector<std::string> Take() {
    take_.Notify();
    took_.WaitForNotification();
    return taken_;
  }

  const WorkerPool::Lane kLane = {"owner", "lane"};
  WorkerPool::JointLimits limits_ = {.count = 10, .weight = 10};
  Journal journal_;  // work that was called by itself
  Journal ends_;
  absl::Notification started_, take_, took_, end_;
  std::vector<std::string> taken_;
  WorkerPool pool_;  // goes first
};

TEST_F(JointTest, TakesAlongWhatWaitsBehindItInOrder) {
  Submit("a", "a");
  Submit("b", "b");

  EXPECT_THAT(Take(), ElementsAre("a", "b"));
  EXPECT_EQ(pool_.load().running, 3);
  EXPECT_EQ(pool_.load().waiting, 0);
  end_.Notify();
  Submit("c", "c");
  EXPECT_THAT(journal_.Names(1), ElementsAre("c"));
}

TEST_F(JointTest, StopsAtWorkThatIsNotJoint) {
  Submit("a", "a");
  pool_.Submit(kLane, Context(), journal_.Entry("alone"));
  Submit("b", "b");

  EXPECT_THAT(Take(), ElementsAre("a"));
  end_.Notify();
  EXPECT_THAT(journal_.Names(2), ElementsAre("alone", "b"));
}

TEST_F(JointTest, StopsAtTheSameKey) {
  Submit("a", "a");
  Submit("again", "first");

  EXPECT_THAT(Take(), ElementsAre("a"));
  end_.Notify();
}

TEST_F(JointTest, StopsAtTheLimitOfCount) {
  limits_.count = 2;
  Submit("a", "a");
  Submit("b", "b");

  EXPECT_THAT(Take(), ElementsAre("a"));
  end_.Notify();
}

TEST_F(JointTest, StopsAtTheLimitOfWeight) {
  Submit("a", "a", 6);
  Submit("b", "b", 4);

  EXPECT_THAT(Take(), ElementsAre("a"));
  end_.Notify();
}

TEST_F(JointTest, IsToldWhenAContextEndsInHand) {
  const Context context;
  Submit("a", "a", 1, context);
  ASSERT_THAT(Take(), ElementsAre("a"));

  context.cancellation->Cancel();

  EXPECT_THAT(ends_.Statuses(1),
              ElementsAre(StatusIs(absl::StatusCode::kCancelled, reason::kCancelled)));
  end_.Notify();
}

}  // namespace
}  // namespace gitsync
