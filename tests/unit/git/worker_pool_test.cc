#include "server/git/worker_pool.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
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
  WorkerPool pool({.threads = 4});
  absl::Mutex mutex;
  std::vector<int> order;
  int at_once = 0;
  bool overlapped = false;
  absl::BlockingCounter* done = new absl::BlockingCounter(50);
  for (int i = 0; i < 50; ++i) {
    pool.Submit("lane", Context(), [&, i](const absl::Status& status) {
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
  WorkerPool pool({.threads = 1});
  absl::Notification started, go;
  pool.Submit("first", Context(), Block(&started, &go));
  started.WaitForNotification();
  for (int i = 0; i < 3; ++i) {
    pool.Submit("long", Context(), journal.Entry(absl::StrCat("long", i)));
  }
  pool.Submit("short", Context(), journal.Entry("short"));

  go.Notify();

  EXPECT_THAT(journal.Names(4), ElementsAre("long0", "short", "long1", "long2"));
}

TEST(WorkerPoolTest, LanesRunAtTheSameTime) {
  WorkerPool pool({.threads = 3});
  absl::Notification started[3], go;
  for (int i = 0; i < 3; ++i) {
    pool.Submit(absl::StrCat(i), Context(), Block(&started[i], &go));
  }

  for (absl::Notification& one : started) one.WaitForNotification();

  EXPECT_EQ(pool.load().running, 3);
  go.Notify();
}

TEST(WorkerPoolTest, WaitingWorkIsAnsweredWhenItsContextEnds) {
  Journal journal;
  WorkerPool pool({.threads = 1});
  absl::Notification started, go;
  pool.Submit("lane", Context(), Block(&started, &go));
  started.WaitForNotification();
  Context cancelled;
  Context late;
  late.deadline = absl::Now() + absl::Milliseconds(50);
  pool.Submit("lane", cancelled, journal.Entry("cancelled"));
  pool.Submit("other", late, journal.Entry("late"));

  const absl::Time begin = absl::Now();
  cancelled.cancellation->Cancel();

  EXPECT_THAT(journal.Statuses(2),
              ElementsAre(StatusIs(absl::StatusCode::kCancelled, reason::kCancelled),
                          StatusIs(absl::StatusCode::kDeadlineExceeded,
                                   reason::kDeadlineExceeded)));
  EXPECT_LT(absl::Now() - begin, absl::Milliseconds(500));
  EXPECT_EQ(pool.load().waiting, 0);
  go.Notify();
}

TEST(WorkerPoolTest, FullQueuesRefuse) {
  Journal journal;
  WorkerPool pool({.threads = 1, .queue_limit = 2, .lane_queue_limit = 1});
  absl::Notification started, go;
  pool.Submit("a", Context(), Block(&started, &go));
  started.WaitForNotification();
  Journal waiting;
  pool.Submit("a", Context(), waiting.Entry("a"));
  pool.Submit("a", Context(), journal.Entry("lane is full"));
  pool.Submit("b", Context(), waiting.Entry("b"));
  pool.Submit("c", Context(), journal.Entry("pool is full"));

  EXPECT_THAT(journal.Statuses(2),
              testing::Each(
                  StatusIs(absl::StatusCode::kResourceExhausted, reason::kServerBusy)));
  go.Notify();
  EXPECT_THAT(waiting.Statuses(2), testing::Each(HasCode(absl::StatusCode::kOk)));
}

TEST(WorkerPoolTest, ShutdownRefusesWhatWaitsAndCancelsWhatRuns) {
  Journal journal;
  WorkerPool pool({.threads = 1});
  Context context;
  absl::Notification started;
  pool.Submit("lane", context, [&](const absl::Status&) {
    started.Notify();
    while (context.Check().ok()) absl::SleepFor(absl::Milliseconds(1));
  });
  started.WaitForNotification();
  pool.Submit("lane", Context(), journal.Entry("waiting"));

  pool.Shutdown(absl::Now() + absl::Milliseconds(30));

  EXPECT_TRUE(context.cancellation->IsCancelled());
  pool.Submit("lane", Context(), journal.Entry("after"));
  EXPECT_THAT(
      journal.Statuses(2),
      testing::Each(StatusIs(absl::StatusCode::kUnavailable, reason::kShuttingDown)));
}

}  // namespace
}  // namespace gitsync
