#include "server/rpc/connection/connection_throttle.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/eventfd.h>

#include <string>
#include <vector>

namespace gitsync {
namespace {

constexpr absl::Duration kMoment = absl::Milliseconds(1);

class ConnectionThrottleTest : public testing::Test {
 protected:
  // Whether a new connection of `source` is served at once.
  bool IsServed(const std::string& source) {
    return throttle_.Add(now_, {UniqueFd(eventfd(0, EFD_CLOEXEC)), -1, {"", source}})
        .has_value();
  }

  size_t CountDue() { return throttle_.TakeDue(now_).size(); }

  ConnectionThrottle throttle_;
  absl::Time now_ = absl::UnixEpoch();
};

TEST_F(ConnectionThrottleTest, TrustedSourcesPass) {
  throttle_.Punish(now_, "bad");

  for (int i = 0; i < 1000; ++i) EXPECT_TRUE(IsServed("good"));
}

TEST_F(ConnectionThrottleTest, SourceOfACutConnectionWaits) {
  throttle_.Punish(now_, "bad");

  EXPECT_FALSE(IsServed("bad"));
  EXPECT_EQ(CountDue(), 0u);
  now_ += ConnectionThrottle::kPause;
  EXPECT_EQ(CountDue(), 1u);
}

TEST_F(ConnectionThrottleTest, OneAfterTheOtherIsServed) {
  throttle_.Punish(now_, "bad");
  for (int i = 0; i < 3; ++i) EXPECT_FALSE(IsServed("bad"));

  for (int i = 0; i < 3; ++i) {
    now_ += ConnectionThrottle::kPause;
    EXPECT_EQ(CountDue(), 1u);
    EXPECT_EQ(CountDue(), 0u);
  }
}

TEST_F(ConnectionThrottleTest, SourcesDontWaitForEachOther) {
  throttle_.Punish(now_, "bad");
  throttle_.Punish(now_, "worse");
  EXPECT_FALSE(IsServed("bad"));
  EXPECT_FALSE(IsServed("worse"));

  now_ += ConnectionThrottle::kPause;
  EXPECT_EQ(CountDue(), 2u);
}

TEST_F(ConnectionThrottleTest, NewOneDoesNotPassThoseThatWait) {
  throttle_.Punish(now_, "bad");
  EXPECT_FALSE(IsServed("bad"));

  now_ += ConnectionThrottle::kPause;
  EXPECT_FALSE(IsServed("bad"));
}

TEST_F(ConnectionThrottleTest, SourceThatWaitedIsServedAtOnceAfterAPause) {
  throttle_.Punish(now_, "bad");

  now_ += ConnectionThrottle::kPause;
  EXPECT_TRUE(IsServed("bad"));
  EXPECT_FALSE(IsServed("bad"));
}

TEST_F(ConnectionThrottleTest, SourceIsTrustedAgain) {
  throttle_.Punish(now_, "bad");

  now_ += ConnectionThrottle::kForgottenAfter + kMoment;
  EXPECT_EQ(CountDue(), 0u);
  EXPECT_TRUE(throttle_.IsEmpty());
  EXPECT_TRUE(IsServed("bad"));
  EXPECT_TRUE(IsServed("bad"));
}

TEST_F(ConnectionThrottleTest, AllThatWaitAreServedOnceTheSourceIsTrustedAgain) {
  throttle_.Punish(now_, "bad");
  for (int i = 0; i < 50; ++i) EXPECT_FALSE(IsServed("bad"));

  now_ += ConnectionThrottle::kForgottenAfter + kMoment;
  EXPECT_EQ(CountDue(), 50u);
  EXPECT_TRUE(IsServed("bad"));
}

TEST_F(ConnectionThrottleTest, TooManyAreClosed) {
  throttle_.Punish(now_, "bad");
  for (size_t i = 0; i < ConnectionThrottle::kMaxWaiting; ++i) IsServed("bad");
  UniqueFd one_too_many(eventfd(0, EFD_CLOEXEC));
  const int fd = one_too_many.get();

  EXPECT_FALSE(
      throttle_.Add(now_, {std::move(one_too_many), -1, {"", "bad"}}).has_value());

  EXPECT_EQ(fcntl(fd, F_GETFD), -1);
}

}  // namespace
}  // namespace gitsync
