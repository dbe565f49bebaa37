#include "server/base/context.h"

#include <gtest/gtest.h>
#include <poll.h>

#include <atomic>
#include <thread>

#include "absl/time/clock.h"
#include "server/base/reason.h"
#include "tests/support/status_matchers.h"

namespace gitsync {
namespace {

bool Readable(int fd) {
  pollfd entry = {fd, POLLIN, 0};
  return poll(&entry, 1, 0) == 1;
}

TEST(ContextTest, FreshOneIsOk) { EXPECT_OK(Context().Check()); }

TEST(ContextTest, CancelledAndExpiredOnesSaySo) {
  Context context;
  const Context expired = context.WithDeadline(absl::Now() - absl::Seconds(1));
  EXPECT_THAT(expired.Check(),
              StatusIs(absl::StatusCode::kDeadlineExceeded, reason::kDeadlineExceeded));
  context.cancellation->Cancel();
  EXPECT_THAT(context.Check(),
              StatusIs(absl::StatusCode::kCancelled, reason::kCancelled));
  EXPECT_THAT(expired.Check(), HasCode(absl::StatusCode::kCancelled));
}

TEST(ContextTest, WithDeadlineOnlyShortens) {
  const absl::Time now = absl::Now();
  Context context;
  context.deadline = now;
  EXPECT_EQ(context.WithDeadline(now + absl::Seconds(1)).deadline, now);
  EXPECT_EQ(context.WithDeadline(now - absl::Seconds(1)).deadline,
            now - absl::Seconds(1));
}

TEST(CancellationTest, PollFdTurnsReadable) {
  Cancellation cancellation;
  const int fd = cancellation.PollFd();
  EXPECT_FALSE(Readable(fd));
  cancellation.Cancel();
  EXPECT_TRUE(Readable(fd));
  EXPECT_EQ(cancellation.PollFd(), fd);
}

TEST(CancellationTest, PollFdMadeAfterwardsIsReadable) {
  Cancellation cancellation;
  cancellation.Cancel();
  EXPECT_TRUE(Readable(cancellation.PollFd()));
}

TEST(CancellationTest, CallbacksRunOnceWhileRegistered) {
  Cancellation cancellation;
  int kept = 0;
  int dropped = 0;
  const auto registration = cancellation.OnCancel([&] { ++kept; });
  {
    const auto short_lived = cancellation.OnCancel([&] { ++dropped; });
  }
  EXPECT_EQ(kept, 0);

  cancellation.Cancel();
  cancellation.Cancel();

  EXPECT_EQ(kept, 1);
  EXPECT_EQ(dropped, 0);
  int late = 0;
  const auto after = cancellation.OnCancel([&] { ++late; });
  EXPECT_EQ(late, 1);
}

TEST(CancellationTest, MovedRegistrationStaysRegistered) {
  Cancellation cancellation;
  int runs = 0;
  Cancellation::Registration outer;
  {
    auto inner = cancellation.OnCancel([&] { ++runs; });
    outer = std::move(inner);
  }
  cancellation.Cancel();
  EXPECT_EQ(runs, 1);
}

TEST(CancellationTest, ConcurrentCancelRunsCallbacksOnce) {
  Cancellation cancellation;
  std::atomic<int> runs{0};
  const auto registration = cancellation.OnCancel([&] { ++runs; });
  std::thread first([&] { cancellation.Cancel(); });
  std::thread second([&] { cancellation.Cancel(); });
  first.join();
  second.join();
  EXPECT_EQ(runs, 1);
}

}  // namespace
}  // namespace gitsync
