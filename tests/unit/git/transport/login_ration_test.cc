#include "server/git/transport/login_ration.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"

namespace gitsync {
namespace {

using Cost = LoginRation::Cost;

struct Banner {
  const char* name;
  const char* text;
  bool counts;
};

std::ostream& operator<<(std::ostream& out, const Banner& banner) {
  return out << banner.name;
}

class BannerTest : public testing::TestWithParam<Banner> {};

TEST_P(BannerTest, TellsWhetherFailedLoginsAreCounted) {
  EXPECT_EQ(CountsFailedLogins(GetParam().text), GetParam().counts);
}

INSTANTIATE_TEST_SUITE_P(
    Servers, BannerTest,
    testing::Values(Banner{"Debian12", "SSH-2.0-OpenSSH_9.2p1 Debian-2+deb12u10",
                           false},
                    Banner{"LastWithout", "SSH-2.0-OpenSSH_9.7", false},
                    Banner{"First", "SSH-2.0-OpenSSH_9.8p1", true},
                    Banner{"TwoDigits", "SSH-2.0-OpenSSH_9.10", true},
                    Banner{"Debian13", "SSH-2.0-OpenSSH_10.0p2 Debian-7", true},
                    Banner{"Old", "SSH-2.0-OpenSSH_8.9p1 Ubuntu-3", false},
                    Banner{"NoVersion", "SSH-2.0-OpenSSH_", false},
                    Banner{"NoMinor", "SSH-2.0-OpenSSH_10", false},
                    Banner{"HugeNumber", "SSH-2.0-OpenSSH_99999999999.8", false},
                    Banner{"Other", "SSH-2.0-dropbear_2022.83", false},
                    Banner{"OtherWithItInIt", "SSH-2.0-Go SSH-2.0-OpenSSH_9.8", false},
                    Banner{"Empty", "", false}),
    [](const auto& banner) { return std::string(banner.param.name); });

// Logins to one host, at times that the test passes.
class LoginRationTest : public testing::Test {
 protected:
  void Pass(absl::Duration time) { now_ += time; }

  int64_t Join(const std::string& organization, bool proved, bool attended = true,
               bool refused = false) {
    return ration_.Join({organization, proved, /*seen=*/false, refused, attended});
  }
  int64_t JoinSeen(const std::string& organization) {
    return ration_.Join({organization, /*proved=*/true, /*seen=*/true});
  }
  bool Begin(int64_t number) { return ration_.Begin(number, now_); }
  void End(int64_t number, Cost cost) { ration_.End(number, cost, now_); }

  // A login that needs not wait.
  void LogIn(bool proved, Cost cost) {
    const int64_t number = Join("o", proved);
    ASSERT_TRUE(Begin(number));
    End(number, cost);
  }
  // Whether one would have to wait.
  bool MustWait(bool proved) {
    const int64_t number = Join("o", proved);
    const bool begun = Begin(number);
    End(number, Cost::kNone);
    return !begun;
  }

  LoginRation ration_;
  absl::Time now_ = absl::FromUnixSeconds(1'700'000'000);
};

struct Charge {
  const char* name;
  std::vector<Cost> costs;
  absl::Duration debt;
  bool unproved_waits;
  bool proved_waits = false;
};

std::ostream& operator<<(std::ostream& out, const Charge& charge) {
  return out << charge.name;
}

class ChargeTest : public LoginRationTest,
                   public testing::WithParamInterface<Charge> {};

TEST_P(ChargeTest, IsOwed) {
  for (const Cost cost : GetParam().costs) LogIn(/*proved=*/false, cost);

  EXPECT_EQ(ration_.Debt(now_), GetParam().debt);
  EXPECT_EQ(MustWait(/*proved=*/false), GetParam().unproved_waits);
  EXPECT_EQ(MustWait(/*proved=*/true), GetParam().proved_waits);
}

INSTANTIATE_TEST_SUITE_P(
    Costs, ChargeTest,
    testing::Values(
        Charge{"None", {}, absl::ZeroDuration(), false},
        Charge{"Worked", {Cost::kNone, Cost::kNone}, absl::ZeroDuration(), false},
        Charge{"Refused", {Cost::kRefused}, absl::Seconds(5), false},
        Charge{"RefusedTwice",
               {Cost::kRefused, Cost::kRefused},
               absl::Seconds(10),
               true,
               true},
        Charge{"GivenUp", {Cost::kGivenUp}, absl::Seconds(1), false},
        Charge{"RefusedAndGivenUp",
               {Cost::kRefused, Cost::kGivenUp},
               absl::Seconds(6),
               true}),
    [](const auto& charge) { return std::string(charge.param.name); });

TEST_F(LoginRationTest, DebtIsForgottenByFiveInSixSeconds) {
  LogIn(false, Cost::kRefused);
  LogIn(false, Cost::kRefused);
  EXPECT_EQ(ration_.Debt(now_), absl::Seconds(10));

  Pass(absl::Seconds(6) - absl::Milliseconds(1));
  EXPECT_TRUE(MustWait(false));
  Pass(absl::Milliseconds(1));
  EXPECT_EQ(ration_.Debt(now_), absl::Seconds(5));
  EXPECT_FALSE(MustWait(false));
  Pass(absl::Seconds(60));
  EXPECT_EQ(ration_.Debt(now_), absl::ZeroDuration());
  EXPECT_TRUE(ration_.IsIdle(now_));
}

TEST_F(LoginRationTest, RefusalIsChargedWhenTheConnectionEnds) {
  const int64_t slow = Join("o", false);
  ASSERT_TRUE(Begin(slow));
  Pass(absl::Seconds(20));

  EXPECT_EQ(ration_.Debt(now_), absl::ZeroDuration());
  End(slow, Cost::kRefused);

  EXPECT_EQ(ration_.Debt(now_), absl::Seconds(5));
}

TEST_F(LoginRationTest, TwoThatMayBeRefusedAreInFlight) {
  const int64_t first = Join("a", false);
  const int64_t second = Join("b", false);
  const int64_t third = Join("c", false);
  ASSERT_TRUE(Begin(first));
  ASSERT_TRUE(Begin(second));

  EXPECT_FALSE(Begin(third));
  EXPECT_EQ(ration_.NextRoom(now_), absl::InfiniteFuture());
  End(first, Cost::kNone);

  EXPECT_TRUE(Begin(third));
}

TEST_F(LoginRationTest, WhatWorkedGivesItsRoomBackAtOnce) {
  LogIn(false, Cost::kRefused);
  const int64_t first = Join("a", false);
  const int64_t second = Join("b", false);
  ASSERT_TRUE(Begin(first));
  EXPECT_FALSE(Begin(second));

  End(first, Cost::kNone);

  EXPECT_TRUE(Begin(second));
}

TEST_F(LoginRationTest, NextRoomIsWhenOneMayBegin) {
  LogIn(false, Cost::kRefused);
  Pass(absl::Milliseconds(700));
  LogIn(false, Cost::kRefused);
  const int64_t number = Join("a", false);

  const absl::Time room = ration_.NextRoom(now_);

  EXPECT_LE(room - now_, absl::Seconds(6));
  EXPECT_FALSE(ration_.Begin(number, room - absl::Milliseconds(1)));
  EXPECT_TRUE(ration_.Begin(number, room));
}

// Their keys may all have been removed.
TEST_F(LoginRationTest, TwoThatAreProvedAreInFlight) {
  const int64_t first = Join("a", true);
  const int64_t second = Join("b", true);
  const int64_t third = Join("c", true);
  ASSERT_TRUE(Begin(first));
  ASSERT_TRUE(Begin(second));

  EXPECT_FALSE(Begin(third));
  End(first, Cost::kNone);

  EXPECT_TRUE(Begin(third));
}

TEST_F(LoginRationTest, ProvedOnesComeFirst) {
  LogIn(false, Cost::kRefused);
  LogIn(false, Cost::kRefused);
  const int64_t doubtful = Join("a", false);
  const int64_t proved = Join("b", true);
  EXPECT_FALSE(Begin(proved));
  Pass(absl::Seconds(6));

  EXPECT_FALSE(Begin(doubtful));
  EXPECT_TRUE(Begin(proved));
  End(proved, Cost::kNone);

  EXPECT_TRUE(Begin(doubtful));
}

TEST_F(LoginRationTest, ProvedOnesLogInOneAtATimeWhileMuchIsOwed) {
  LogIn(false, Cost::kRefused);
  const int64_t first = Join("a", true);
  const int64_t second = Join("b", true);

  EXPECT_TRUE(Begin(first));
  EXPECT_FALSE(Begin(second));
  End(first, Cost::kNone);

  EXPECT_TRUE(Begin(second));
}

TEST_F(LoginRationTest, WhatWasSeenToWorkNeedsNoRoom) {
  LogIn(false, Cost::kRefused);
  LogIn(false, Cost::kRefused);
  const int64_t first = JoinSeen("a");
  const int64_t second = JoinSeen("b");

  EXPECT_TRUE(Begin(first));
  EXPECT_FALSE(Begin(second));
  End(first, Cost::kNone);

  EXPECT_TRUE(Begin(second));
}

TEST_F(LoginRationTest, FewThatWereSeenToWorkAreInFlight) {
  for (int i = 0; i < LoginRation::kMostSeen; ++i) EXPECT_TRUE(Begin(JoinSeen("a")));

  EXPECT_FALSE(Begin(JoinSeen("b")));
}

TEST_F(LoginRationTest, RefusalOfWhatWasSeenToWorkPutsAllInDoubt) {
  const int64_t first = JoinSeen("a");
  const int64_t second = JoinSeen("b");
  const int64_t third = JoinSeen("c");
  ASSERT_TRUE(Begin(first));
  ASSERT_TRUE(Begin(second));
  End(first, Cost::kRefused);
  End(second, Cost::kRefused);

  // There is no room.
  EXPECT_FALSE(Begin(third));
}

struct Waiter {
  const char* organization;
  bool attended = true;
  bool refused = false;
};

struct Queue {
  const char* name;
  std::vector<Waiter> waiters;
  std::vector<int> order;  // of their turns, by their place in `waiters`
};

std::ostream& operator<<(std::ostream& out, const Queue& queue) {
  return out << queue.name;
}

class QueueTest : public LoginRationTest, public testing::WithParamInterface<Queue> {};

// One at a time: proved ones while something is owed.
TEST_P(QueueTest, IsServedInTurns) {
  LogIn(false, Cost::kRefused);
  std::vector<int64_t> numbers;
  for (const Waiter& waiter : GetParam().waiters) {
    numbers.push_back(Join(waiter.organization, true, waiter.attended, waiter.refused));
  }
  std::vector<bool> served(numbers.size(), false);
  std::vector<int> order;

  while (order.size() < numbers.size()) {
    std::vector<int> begun;
    // The last first, so that it is not the order of asking that tells.
    for (int i = static_cast<int>(numbers.size()) - 1; i >= 0; --i) {
      if (!served[i] && Begin(numbers[i])) begun.push_back(i);
    }
    ASSERT_EQ(begun.size(), 1u);
    served[begun[0]] = true;
    order.push_back(begun[0]);
    End(numbers[begun[0]], Cost::kNone);
  }

  EXPECT_EQ(order, GetParam().order);
}

INSTANTIATE_TEST_SUITE_P(
    Waiting, QueueTest,
    testing::Values(
        Queue{"AsTheyCame", {{"a"}, {"b"}, {"c"}}, {0, 1, 2}},
        Queue{"OrganizationsTakeTurns",
              {{"a"}, {"a"}, {"a"}, {"b"}, {"c"}},
              {0, 3, 4, 1, 2}},
        Queue{"WhatNobodyWaitsForYields", {{"a", false}, {"b"}, {"b"}}, {1, 2, 0}},
        Queue{"WhatWasRefusedYields",
              {{"a", true, true}, {"b", false}, {"a", true, true}, {"c"}},
              {3, 1, 0, 2}},
        Queue{"AlsoOfOneOrganization", {{"a", false}, {"a"}}, {1, 0}}),
    [](const auto& queue) { return std::string(queue.param.name); });

TEST_F(LoginRationTest, OneThatLeavesIsNotWaitedFor) {
  LogIn(false, Cost::kRefused);
  LogIn(false, Cost::kRefused);
  const int64_t first = Join("a", false);
  const int64_t second = Join("b", false);
  Pass(absl::Seconds(6));
  EXPECT_FALSE(Begin(second));

  End(first, Cost::kRefused);  // it never began, and costs nothing

  EXPECT_TRUE(Begin(second));
  EXPECT_EQ(ration_.Debt(now_), absl::Seconds(5));
}

TEST_F(LoginRationTest, WhatIsNotEnforcedIsCountedAllTheSame) {
  ration_.Enforce(false);
  for (int i = 0; i < 3; ++i) LogIn(false, Cost::kRefused);
  EXPECT_FALSE(MustWait(false));

  ration_.Enforce(true);

  EXPECT_EQ(ration_.Debt(now_), absl::Seconds(15));
  EXPECT_TRUE(MustWait(false));
}

struct Keys {
  const char* name;
  bool proved;
  int at_most;  // of sshd's seconds
};

std::ostream& operator<<(std::ostream& out, const Keys& keys) {
  return out << keys.name;
}

class WrongKeysTest : public LoginRationTest,
                      public testing::WithParamInterface<Keys> {};

// What sshd would have counted: it forgets one second each second, and refuses an
// address that owes it 15.
TEST_P(WrongKeysTest, NeverMakeSshdRefuseUs) {
  absl::Duration at_sshd;
  std::vector<int64_t> waiting;
  int tries = 0;
  const auto join = [&](int64_t number) {
    return Join(absl::StrCat("o", number % 20), GetParam().proved);
  };
  for (int i = 0; i < 20; ++i) waiting.push_back(join(i));
  for (int tick = 0; tick < 1200; ++tick) {
    std::vector<int64_t*> begun;
    for (int64_t& number : waiting) {
      if (Begin(number)) begun.push_back(&number);
    }
    for (int64_t* number : begun) {
      End(*number, Cost::kRefused);
      at_sshd += absl::Seconds(5);
      EXPECT_LE(at_sshd, absl::Seconds(GetParam().at_most)) << tick;
      *number = join(*number);
      ++tries;
    }
    Pass(absl::Milliseconds(100));
    at_sshd = std::max(at_sshd - absl::Milliseconds(100), absl::ZeroDuration());
  }
  // Two at first, and then one each six seconds of the two minutes.
  EXPECT_GE(tries, 2 + 19);
}

INSTANTIATE_TEST_SUITE_P(All, WrongKeysTest,
                         testing::Values(Keys{"Unproved", false, 10},
                                         Keys{"Proved", true, 13}),
                         [](const auto& keys) { return std::string(keys.param.name); });

}  // namespace
}  // namespace gitsync
