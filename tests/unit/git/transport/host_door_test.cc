#include "server/git/transport/host_door.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace gitsync {
namespace {

using testing::Eq;
using testing::Optional;

class HostDoorTest : public testing::Test {
 protected:
  // Tries the door as soon as it may be tried; it is found shut.
  void TryInVain() {
    now_ = door_.ShutUntil(now_).value_or(now_);
    ASSERT_THAT(door_.ShutUntil(now_), Eq(std::nullopt));
    ASSERT_TRUE(door_.Enter());
    door_.Shut(/*trial=*/true, now_);
  }

  HostDoor door_;
  absl::Time now_ = absl::FromUnixSeconds(1'700'000'000);
};

TEST_F(HostDoorTest, IsOpenAtFirst) {
  EXPECT_FALSE(door_.is_shut());
  EXPECT_THAT(door_.ShutUntil(now_), Eq(std::nullopt));
  EXPECT_FALSE(door_.Enter());
}

TEST_F(HostDoorTest, PausesDoubleUpToTenMinutes) {
  door_.Shut(/*trial=*/false, now_);
  for (const int seconds : {15, 30, 60, 120, 240, 480, 600, 600}) {
    EXPECT_THAT(door_.ShutUntil(now_), Optional(now_ + absl::Seconds(seconds)));
    TryInVain();
  }
}

TEST_F(HostDoorTest, OneTriesItAndOthersWait) {
  door_.Shut(false, now_);
  now_ += HostDoor::kFirstPause;

  EXPECT_TRUE(door_.Enter());
  EXPECT_THAT(door_.ShutUntil(now_), Optional(now_ + kTrialWait));

  door_.Open();
  EXPECT_THAT(door_.ShutUntil(now_), Eq(std::nullopt));
  EXPECT_FALSE(door_.Enter());
}

TEST_F(HostDoorTest, TrialThatTellsNothingLeavesItToTheNext) {
  door_.Shut(false, now_);
  now_ += HostDoor::kFirstPause;
  ASSERT_TRUE(door_.Enter());

  door_.EndTrial();

  EXPECT_THAT(door_.ShutUntil(now_), Eq(std::nullopt));
  EXPECT_TRUE(door_.Enter());
}

TEST_F(HostDoorTest, ConnectionsFromBeforeMakeThePauseNoLonger) {
  for (int i = 0; i < 5; ++i) {
    door_.Shut(false, now_);
    now_ += absl::Seconds(1);
  }

  EXPECT_THAT(door_.ShutUntil(now_),
              Optional(now_ - absl::Seconds(5) + HostDoor::kFirstPause));
}

TEST_F(HostDoorTest, PausesBeginAnewAfterItWasOpen) {
  door_.Shut(false, now_);
  TryInVain();
  now_ += absl::Seconds(30);
  ASSERT_TRUE(door_.Enter());
  door_.Open();

  door_.Shut(false, now_);

  EXPECT_THAT(door_.ShutUntil(now_), Optional(now_ + HostDoor::kFirstPause));
}

}  // namespace
}  // namespace gitsync
