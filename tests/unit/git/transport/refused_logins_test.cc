#include "server/git/transport/refused_logins.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace gitsync {
namespace {

using testing::IsNull;
using testing::NotNull;

class RefusedLoginsTest : public testing::Test {
 protected:
  RefusedLogins refused_;
  absl::Time now_ = absl::FromUnixSeconds(1'700'000'000);
  const absl::Status error_ = absl::UnauthenticatedError("no");
};

TEST_F(RefusedLoginsTest, PausesDoubleUpToHalfAnHour) {
  for (const int seconds : {30, 60, 120, 240, 480, 960, 1800, 1800}) {
    refused_.Add("a", error_, now_);
    ASSERT_THAT(refused_.Find("a"), NotNull());
    EXPECT_EQ(refused_.Find("a")->next_try - now_, absl::Seconds(seconds));
    now_ = refused_.Find("a")->next_try;
  }
}

TEST_F(RefusedLoginsTest, RefusalsWithinAPauseMakeItNoLonger) {
  for (int i = 0; i < 5; ++i) {
    refused_.Add("a", error_, now_);
    EXPECT_EQ(refused_.Find("a")->next_try - now_, RefusedLogins::kFirstPause);
    now_ += absl::Seconds(1);
  }
}

TEST_F(RefusedLoginsTest, LastErrorIsKeptForEachLogin) {
  refused_.Add("a", error_, now_);
  refused_.Add("a", absl::UnauthenticatedError("still no"), now_);
  refused_.Add("b", error_, now_);

  EXPECT_EQ(refused_.Find("a")->error.message(), "still no");
  EXPECT_EQ(refused_.Find("b")->error.message(), "no");
  EXPECT_THAT(refused_.Find("c"), IsNull());
}

TEST_F(RefusedLoginsTest, LoginThatWorkedBeginsAnew) {
  refused_.Add("a", error_, now_);
  now_ += RefusedLogins::kFirstPause;
  refused_.Add("a", error_, now_);

  refused_.Forget("a");

  EXPECT_THAT(refused_.Find("a"), IsNull());
  refused_.Add("a", error_, now_);
  EXPECT_EQ(refused_.Find("a")->next_try - now_, RefusedLogins::kFirstPause);
}

TEST_F(RefusedLoginsTest, RefusalIsKeptBeyondItsPauseAndNotForEver) {
  refused_.Add("a", error_, now_);
  now_ += RefusedLogins::kFirstPause + RefusedLogins::kKeptTime;

  refused_.Add("b", error_, now_);
  EXPECT_THAT(refused_.Find("a"), NotNull());
  now_ += absl::Seconds(1);
  refused_.Add("b", error_, now_);

  EXPECT_THAT(refused_.Find("a"), IsNull());
}

}  // namespace
}  // namespace gitsync
