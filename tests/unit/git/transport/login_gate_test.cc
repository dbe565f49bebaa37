#include "server/git/transport/login_gate.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <memory>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "server/base/error.h"
#include "server/base/reason.h"
#include "server/base/steady_clock.h"
#include "server/git/transport/next_try.h"
#include "tests/support/status_matchers.h"

namespace gitsync {
namespace {

using absl::StatusCode;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;
using Turn = std::unique_ptr<LoginGate::Turn>;

constexpr char kCounts[] = "SSH-2.0-OpenSSH_10.0p2 Debian-7";
constexpr char kCountsNothing[] = "SSH-2.0-OpenSSH_9.2p1 Debian-2";

class FakeRecord : public LoginRecord {
 public:
  void Worked(const Remote& remote) override {
    told.push_back(absl::StrCat("worked ", remote.circuit));
  }
  void Refused(const Remote& remote) override {
    told.push_back(absl::StrCat("refused ", remote.circuit));
  }
  std::vector<std::string> told;
};

Remote RemoteFor(const std::string& organization) {
  Remote remote;
  remote.url = *ParseGitUrl("ssh://git@example.com/a.git", false);
  remote.organization = organization;
  remote.circuit = absl::StrCat(organization, "/etag");
  return remote;
}

Remote ToProve(Remote remote) {
  remote.afresh = true;
  return remote;
}

Remote Proved(Remote remote) {
  remote.login_proved = true;
  return remote;
}

Remote Unattended(Remote remote) {
  remote.attended = false;
  return remote;
}

absl::Status KeyRefused() {
  return Error(StatusCode::kUnauthenticated, reason::kRemoteAuthFailed,
               "The key is not accepted.");
}

auto IsRefusedKey() {
  return StatusIs(StatusCode::kUnauthenticated, reason::kRemoteAuthFailed);
}
auto IsShutOut() {
  return StatusIs(StatusCode::kUnavailable, reason::kRemoteUnreachable);
}
auto IsOutOfTurn() {
  return StatusIs(StatusCode::kResourceExhausted, reason::kRemoteRateLimited);
}

// Whoever would have to wait is told at once, unless a test lets some wait.
class LoginGateTest : public testing::Test {
 protected:
  explicit LoginGateTest(int most_waiting = 0)
      : gate_({.most_waiting = most_waiting, .record = &record_}) {}

  absl::StatusOr<Turn> Enter(const Remote& remote, const Context& context = {}) {
    return gate_.Enter(remote, "login", context);
  }

  // Has the host greet, so that it is known whether it counts.
  void Greet(const char* banner) {
    const Remote remote = RemoteFor("first");
    const auto turn = Enter(remote);
    ASSERT_OK(turn);
    (*turn)->Connected();
    (*turn)->Greeted(banner);
    (*turn)->LoginBegins();
    (*turn)->Worked();
  }
  // Logs in with a key that the host refuses.
  void Refuse(const Remote& remote) {
    const auto turn = Enter(remote);
    ASSERT_OK(turn);
    (*turn)->Connected();
    (*turn)->Greeted(kCounts);
    (*turn)->LoginBegins();
    (*turn)->Refused(KeyRefused());
  }
  // A connection that is closed before the host greets; see Turn::ClosedUnheard.
  std::optional<int64_t> Close(std::optional<int64_t> greetings_before = std::nullopt) {
    const Remote remote = RemoteFor("closed");
    const auto turn = Enter(remote);
    if (!turn.ok()) {
      ADD_FAILURE() << turn.status();
      return 0;
    }
    (*turn)->Connected();
    return (*turn)->ClosedUnheard(greetings_before);
  }
  void ShutDoor() { EXPECT_EQ(Close(Close()), std::nullopt); }

  // Enters on a thread, and returns once that waits. `entered` is to outlive the
  // thread.
  std::thread EnterWaiting(const Remote& remote, absl::Status* entered,
                           const Context& context = {}) {
    entered_ = false;
    std::thread waiting([=, this, &remote] {
      *entered = Enter(remote, context).status();
      entered_ = true;
    });
    while (gate_.WaitingAt(remote.url) == 0 && !entered_) {
      absl::SleepFor(absl::Milliseconds(1));
    }
    EXPECT_FALSE(entered_) << "it did not wait";
    return waiting;
  }

  FakeRecord record_;
  LoginGate gate_;
  std::atomic<bool> entered_ = false;  // the last that was to wait
};

TEST_F(LoginGateTest, RefusedKeyIsRememberedUntilItIsToBeProved) {
  const Remote remote = RemoteFor("a");
  Refuse(remote);

  const auto again = Enter(remote);

  EXPECT_THAT(again, IsRefusedKey());
  EXPECT_THAT(std::string(again.status().message()),
              HasSubstr("The key is not accepted."));
  EXPECT_THAT(MetadataOf(again.status(), kNextTryTime), Not(IsEmpty()));
  EXPECT_OK(Enter(RemoteFor("b")));
  EXPECT_OK(Enter(ToProve(remote)));
}

TEST_F(LoginGateTest, KeyThatWorkedIsNotRemembered) {
  const Remote remote = RemoteFor("a");
  Refuse(remote);
  const Remote afresh = ToProve(remote);
  {
    ASSERT_OK_AND_ASSIGN(const Turn turn, Enter(afresh));
    turn->Worked();
  }

  EXPECT_OK(Enter(remote));
}

struct Record {
  const char* name;
  bool proved;
  bool works;
  std::vector<std::string> told;
};

std::ostream& operator<<(std::ostream& out, const Record& record) {
  return out << record.name;
}

class RecordTest : public LoginGateTest, public testing::WithParamInterface<Record> {};

TEST_P(RecordTest, IsToldWhatIsNew) {
  Remote remote = RemoteFor("a");
  remote.login_proved = GetParam().proved;
  {
    ASSERT_OK_AND_ASSIGN(const Turn turn, Enter(remote));
    if (GetParam().works) {
      turn->Worked();
    } else {
      turn->Refused(KeyRefused());
    }
  }

  EXPECT_EQ(record_.told, GetParam().told);
}

INSTANTIATE_TEST_SUITE_P(
    Keys, RecordTest,
    testing::Values(Record{"UnprovedWorks", false, true, {"worked a/etag"}},
                    Record{"UnprovedIsRefused", false, false, {}},
                    Record{"ProvedWorks", true, true, {}},
                    Record{"ProvedIsRefused", true, false, {"refused a/etag"}}),
    [](const auto& record) { return std::string(record.param.name); });

TEST_F(LoginGateTest, ProvedKeyThatIsRefusedIsNoLongerProved) {
  const Remote remote = ToProve(Proved(RemoteFor("a")));
  Refuse(remote);
  {
    ASSERT_OK_AND_ASSIGN(const Turn turn, Enter(remote));
    turn->Worked();
  }

  // It is news, so it was not taken for proved.
  EXPECT_THAT(record_.told, ElementsAre("refused a/etag", "worked a/etag"));
}

struct Rationed {
  const char* name;
  LoginRationing rationing;
  const char* banner;
  bool waits;
};

std::ostream& operator<<(std::ostream& out, const Rationed& rationed) {
  return out << rationed.name;
}

class RationedTest : public testing::TestWithParam<Rationed> {};

TEST_P(RationedTest, ThirdUnprovedLoginWaits) {
  LoginGate gate({.rationing = GetParam().rationing, .most_waiting = 0});
  const Remote a = RemoteFor("a");
  const Remote b = RemoteFor("b");
  const Remote c = RemoteFor("c");
  ASSERT_OK_AND_ASSIGN(const Turn first, gate.Enter(a, "", Context()));
  first->Connected();
  first->Greeted(GetParam().banner);
  ASSERT_OK_AND_ASSIGN(const Turn second, gate.Enter(b, "", Context()));

  const auto third = gate.Enter(c, "", Context());

  if (GetParam().waits) {
    EXPECT_THAT(third, IsOutOfTurn());
    EXPECT_THAT(MetadataOf(third.status(), kNextTryTime), Not(IsEmpty()));
  } else {
    EXPECT_OK(third);
  }
}

INSTANTIATE_TEST_SUITE_P(
    Hosts, RationedTest,
    testing::Values(Rationed{"AutoNew", LoginRationing::kAuto, kCounts, true},
                    Rationed{"AutoOld", LoginRationing::kAuto, kCountsNothing, false},
                    Rationed{"AlwaysOld", LoginRationing::kAlways, kCountsNothing,
                             true},
                    Rationed{"NeverNew", LoginRationing::kNever, kCounts, false}),
    [](const auto& rationed) { return std::string(rationed.param.name); });

TEST_F(LoginGateTest, HostIsRationedUntilItHasGreeted) {
  const Remote a = RemoteFor("a");
  const Remote b = RemoteFor("b");
  const Remote c = RemoteFor("c");
  ASSERT_OK_AND_ASSIGN(const Turn first, Enter(a));
  ASSERT_OK_AND_ASSIGN(const Turn second, Enter(b));
  EXPECT_THAT(Enter(c), IsOutOfTurn());

  first->Connected();
  first->Greeted(kCountsNothing);

  EXPECT_OK(Enter(c));
}

class WaitingLoginTest : public LoginGateTest {
 protected:
  WaitingLoginTest() : LoginGateTest(/*most_waiting=*/1) {}
};

TEST_F(WaitingLoginTest, BeginsWhenAnotherHasWorked) {
  const Remote a = RemoteFor("a");
  const Remote b = RemoteFor("b");
  const Remote c = RemoteFor("c");
  ASSERT_OK_AND_ASSIGN(const Turn first, Enter(a));
  ASSERT_OK_AND_ASSIGN(const Turn second, Enter(b));
  absl::Status entered;
  std::thread third = EnterWaiting(c, &entered);

  first->Worked();
  third.join();

  EXPECT_OK(entered);
}

// With one place, those that were refused before have half of it: none.
TEST_F(WaitingLoginTest, LeavesThePlaceToKeysThatWereNotRefused) {
  Greet(kCounts);
  const Remote refused = RemoteFor("a");
  Refuse(refused);
  const Remote b = RemoteFor("b");
  const Remote c = RemoteFor("c");
  ASSERT_OK_AND_ASSIGN(const Turn first, Enter(b));
  absl::Status entered;

  EXPECT_THAT(Enter(ToProve(refused)), IsRefusedKey());
  std::thread other = EnterWaiting(c, &entered);
  first->Worked();
  other.join();

  EXPECT_OK(entered);
}

TEST_F(WaitingLoginTest, CanBeCancelled) {
  const Remote a = RemoteFor("a");
  const Remote b = RemoteFor("b");
  const Remote c = RemoteFor("c");
  ASSERT_OK_AND_ASSIGN(const Turn first, Enter(a));
  ASSERT_OK_AND_ASSIGN(const Turn second, Enter(b));
  const Context context;
  absl::Status entered;
  std::thread third = EnterWaiting(c, &entered, context);

  context.cancellation->Cancel();
  third.join();

  EXPECT_THAT(entered, StatusIs(StatusCode::kCancelled, reason::kCancelled));
}

TEST_F(LoginGateTest, CallerWhoseTurnDoesNotComeGetsTheReasonOfBefore) {
  Greet(kCounts);
  const Remote a = RemoteFor("a");
  Refuse(a);
  Refuse(RemoteFor("b"));

  EXPECT_THAT(Enter(ToProve(a)), IsRefusedKey());
  EXPECT_THAT(Enter(RemoteFor("c")), IsOutOfTurn());
  EXPECT_THAT(Enter(Proved(RemoteFor("d"))), IsOutOfTurn());
}

TEST_F(LoginGateTest, KeyThatWorkedSinceTheStartNeedsNoRoom) {
  Greet(kCounts);
  const Remote a = Proved(RemoteFor("a"));
  {
    ASSERT_OK_AND_ASSIGN(const Turn turn, Enter(a));
    turn->Worked();
  }
  Refuse(RemoteFor("b"));
  Refuse(RemoteFor("c"));

  EXPECT_OK(Enter(a));
}

// Any number of them, but not for a host that may have stopped answering.
TEST_F(LoginGateTest, ProvedKeysWaitWithoutAPlaceWhileOthersLogIn) {
  Refuse(RemoteFor("a"));
  const Remote b = Proved(RemoteFor("b"));
  const Remote c = Proved(RemoteFor("c"));
  ASSERT_OK_AND_ASSIGN(const Turn first, Enter(b));
  EXPECT_THAT(Enter(c), IsOutOfTurn());
  first->Worked();
  const Remote d = Proved(RemoteFor("d"));
  ASSERT_OK_AND_ASSIGN(const Turn second, Enter(d));
  absl::Status entered;

  std::thread third = EnterWaiting(c, &entered);
  second->Worked();
  third.join();

  EXPECT_OK(entered);
}

struct Caller {
  const char* name;
  Remote remote;
  absl::Duration time = absl::InfiniteDuration();
};

std::ostream& operator<<(std::ostream& out, const Caller& caller) {
  return out << caller.name;
}

class ShutOutTest : public WaitingLoginTest,
                    public testing::WithParamInterface<Caller> {};

TEST_P(ShutOutTest, CallerIsToldAtOnce) {
  Greet(kCountsNothing);
  ShutDoor();

  const auto shut =
      Enter(GetParam().remote, Context().WithDeadline(SteadyNow() + GetParam().time));

  EXPECT_THAT(shut, IsShutOut());
  EXPECT_THAT(std::string(shut.status().message()),
              HasSubstr("refuses connections from this address for a while"));
  EXPECT_THAT(MetadataOf(shut.status(), kNextTryTime), Not(IsEmpty()));
}

INSTANTIATE_TEST_SUITE_P(
    Callers, ShutOutTest,
    testing::Values(Caller{"WhoProves", ToProve(RemoteFor("a"))},
                    Caller{"WhomNobodyWaitsFor", Unattended(RemoteFor("a"))},
                    Caller{"WithLittleTime", Proved(RemoteFor("a")),
                           absl::Seconds(10)}),
    [](const auto& caller) { return std::string(caller.param.name); });

TEST_F(LoginGateTest, HostThatNeverGreetedMayBeNoSshServer) {
  ShutDoor();

  EXPECT_THAT(std::string(Enter(ToProve(RemoteFor("a"))).status().message()),
              HasSubstr("not an SSH server's"));
}

TEST_F(LoginGateTest, ConnectionThatIsClosedOnceShutsNothing) {
  Close();

  EXPECT_OK(Enter(ToProve(RemoteFor("a"))));
}

// Beyond its MaxStartups, sshd closes some and serves others.
TEST_F(LoginGateTest, HostThatGreetsOthersMeanwhileIsBusyOnly) {
  const std::optional<int64_t> greetings = Close();
  Greet(kCountsNothing);

  Close(greetings);

  EXPECT_OK(Enter(ToProve(RemoteFor("a"))));
}

TEST_F(LoginGateTest, GreetingOfAnEarlierConnectionOpensNoDoor) {
  const Remote remote = RemoteFor("a");
  ASSERT_OK_AND_ASSIGN(const Turn early, Enter(remote));
  early->Connected();
  ShutDoor();

  early->Greeted(kCountsNothing);

  EXPECT_THAT(Enter(ToProve(RemoteFor("b"))), IsShutOut());
}

TEST_F(LoginGateTest, HostsAreToldApartByNameAndPort) {
  ShutDoor();
  Remote other_port = ToProve(RemoteFor("a"));
  other_port.url.port = 2222;
  Remote other_host = ToProve(RemoteFor("b"));
  other_host.url.host = "example.org";

  EXPECT_THAT(Enter(ToProve(RemoteFor("c"))), IsShutOut());
  EXPECT_OK(Enter(other_port));
  EXPECT_OK(Enter(other_host));
}

}  // namespace
}  // namespace gitsync
