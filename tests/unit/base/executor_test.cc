#include "server/base/executor.h"

#include <gtest/gtest.h>

#include <atomic>

#include "absl/synchronization/notification.h"

namespace gitsync {
namespace {

TEST(ExecutorTest, RunsEveryTaskBeforeItStops) {
  std::atomic<int> runs{0};
  {
    Executor executor(4, 1000);
    for (int i = 0; i < 500; ++i) ASSERT_TRUE(executor.Run([&] { ++runs; }));
  }
  EXPECT_EQ(runs, 500);
}

TEST(ExecutorTest, RefusesWhatTheQueueCannotHold) {
  absl::Notification started;
  absl::Notification go_on;
  Executor executor(1, 2);
  ASSERT_TRUE(executor.Run([&] {
    started.Notify();
    go_on.WaitForNotification();
  }));
  started.WaitForNotification();

  EXPECT_TRUE(executor.Run([] {}));
  EXPECT_TRUE(executor.Run([] {}));
  EXPECT_FALSE(executor.Run([] {}));
  go_on.Notify();
}

TEST(ExecutorTest, RefusesTasksAfterShutdown) {
  Executor executor(2, 10);
  executor.Shutdown();
  executor.Shutdown();
  EXPECT_FALSE(executor.Run([] {}));
}

TEST(ExecutorTest, TasksRunAtTheSameTime) {
  Executor executor(2, 10);
  absl::Notification first;
  absl::Notification second;
  ASSERT_TRUE(executor.Run([&] {
    first.Notify();
    second.WaitForNotification();
  }));
  ASSERT_TRUE(executor.Run([&] {
    first.WaitForNotification();
    second.Notify();
  }));
  executor.Shutdown();
  EXPECT_TRUE(second.HasBeenNotified());
}

}  // namespace
}  // namespace gitsync
