// A push right after another one does not ask first where the branch is: over HTTPS it
// is one request, and over SSH a receive-pack waits for it.

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>

#include <fstream>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/time/clock.h"
#include "tests/integration/installation.h"
#include "tests/support/slowness.h"

namespace gitsync {
namespace {

using absl::StatusCode;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

// An app that was pushed twice a moment ago.
class PushedTwice {
 protected:
  explicit PushedTwice(Transport transport) : gitsync_({.transport = transport}) {
    // The receive-pack that moves the branch leaves its process id.
    gitsync_.remote().SetHook("update", "#!/bin/sh\necho $PPID > receive_pack\n");
    app_ = api().CreateApp(gitsync_.dev(), "Orders", Definition(0));
    for (int revision = 1; revision < 3; ++revision) EXPECT_OK(Push(revision));
    if (transport == Transport::kSsh) AwaitReceivePack();
  }

  Api& api() { return gitsync_.api(); }

  static std::string Definition(int revision) {
    return absl::StrCat(R"({"revision":)", revision, "}");
  }

  absl::StatusOr<v1::PushAppVersionResponse> Push(int revision) {
    EXPECT_OK(api().UpdateDefinition(app_, Definition(revision)));
    return api().Push(app_, absl::StrCat("revision ", revision));
  }

  pid_t LastReceivePack() {
    std::ifstream file(gitsync_.remote().path() + "/receive_pack");
    pid_t pid = 0;
    file >> pid;
    return pid;
  }

  // The receive-pack that waits for the next push; -1, and fails the test, if none
  // does.
  pid_t AwaitReceivePack() {
    const absl::Time end = absl::Now() + absl::Seconds(60) * kSlowness;
    while (absl::Now() < end) {
      for (const pid_t pid : gitsync_.host().sshd()->ReceivePacks()) {
        if (pid != LastReceivePack()) return pid;
      }
      absl::SleepFor(absl::Milliseconds(5));
    }
    ADD_FAILURE() << "no receive-pack is ready";
    return -1;
  }

  Installation gitsync_;
  AppAndVersion app_;
};

class UnaskedPushTest : public TransportTest, protected PushedTwice {
 protected:
  UnaskedPushTest() : PushedTwice(GetParam()) {}
};
GITSYNC_OVER_EACH_TRANSPORT(UnaskedPushTest);

TEST_P(UnaskedPushTest, BranchThatSomebodyElseMovedIsBuiltOn) {
  gitsync_.remote().CommitFromElsewhere("README.md", "theirs\n", "Theirs");

  ASSERT_OK(Push(3));

  EXPECT_THAT(gitsync_.remote().Log(),
              ElementsAre("revision 3", "Theirs", "revision 2", "revision 1"));
  EXPECT_TRUE(gitsync_.remote().FsckClean());
}

TEST_P(UnaskedPushTest, BranchThatWasForcedBackIsBuiltOn) {
  gitsync_.remote().Git({"update-ref", "refs/heads/master", "master~1"});
  gitsync_.remote().Git({"reflog", "expire", "--expire=now", "--all"});
  gitsync_.remote().Git({"gc", "-q", "--prune=now"});

  // What was there last is not what this was made from.
  const auto pushed = Push(3);

  ASSERT_THAT(pushed, StatusIs(StatusCode::kAborted, "APP_CONFLICT"));
  ASSERT_OK(api().Push(app_, "mine", [](auto& request) { request.set_force(true); }));
  EXPECT_TRUE(gitsync_.remote().FsckClean());
}

TEST_P(UnaskedPushTest, NothingNewIsSaidOfTheBranchAsItIsNow) {
  const std::string ours = gitsync_.remote().Head();
  const std::string theirs =
      gitsync_.remote().CommitFromElsewhere("README.md", "theirs\n", "Theirs");

  const auto pushed = api().Push(app_, "again");

  ASSERT_OK(pushed);
  EXPECT_FALSE(pushed->changed());
  EXPECT_EQ(pushed->commit_id(), ours);
  EXPECT_EQ(gitsync_.remote().Head(), theirs);
}

TEST_P(UnaskedPushTest, RefusalHasTheRemotesWords) {
  gitsync_.remote().SetHook("pre-receive", "#!/bin/sh\necho 'not today' >&2\nexit 1\n");

  const auto pushed = Push(3);

  ASSERT_THAT(pushed, StatusIs(StatusCode::kFailedPrecondition, "REMOTE_REJECTED"));
  EXPECT_THAT(pushed.status().message(), HasSubstr("not today"));
}

TEST_P(UnaskedPushTest, HostThatIsGoneIsUnreachable) {
  gitsync_.host().Stop();

  EXPECT_THAT(Push(3), StatusIs(StatusCode::kUnavailable, "REMOTE_UNREACHABLE"));
}

class UnaskedHttpsPushTest : public ::testing::Test, protected PushedTwice {
 protected:
  UnaskedHttpsPushTest() : PushedTwice(Transport::kHttps) {
    requests_ = Requests().size();
  }

  // What nginx was asked, oldest first: method and what follows the repository's name.
  std::vector<std::string> Requests() {
    std::vector<std::string> requests;
    for (const absl::string_view line :
         absl::StrSplit(gitsync_.host().nginx()->Log(), '\n', absl::SkipEmpty())) {
      const std::vector<std::string> words = absl::StrSplit(line, ' ');
      const size_t name = words[3].find(".git/");
      requests.push_back(absl::StrCat(words[2], " ", words[3].substr(name + 5)));
    }
    return requests;
  }

  // Those since the constructor.
  std::vector<std::string> NewRequests() {
    const std::vector<std::string> all = Requests();
    return {all.begin() + static_cast<std::ptrdiff_t>(requests_), all.end()};
  }

  size_t requests_ = 0;
};

TEST_F(UnaskedHttpsPushTest, IsOneRequest) {
  const auto pushed = Push(3);

  ASSERT_OK(pushed);
  EXPECT_EQ(pushed->commit_id(), gitsync_.remote().Head());
  EXPECT_THAT(NewRequests(), ElementsAre("POST git-receive-pack"));
}

TEST_F(UnaskedHttpsPushTest, IsTriedBeforeTheRemoteIsAsked) {
  gitsync_.remote().CommitFromElsewhere("README.md", "theirs\n", "Theirs");

  ASSERT_OK(Push(3));

  EXPECT_EQ(NewRequests().front(), "POST git-receive-pack");
}

class ReadyReceivePackTest : public ::testing::Test, protected PushedTwice {
 protected:
  ReadyReceivePackTest() : PushedTwice(Transport::kSsh) {}
};

TEST_F(ReadyReceivePackTest, TakesTheNextPush) {
  const int logins = gitsync_.host().sshd()->Logins();
  // A push does not wait for one that is only just beginning, as this test may see it.
  int taken = 0;
  for (int revision = 3; revision < 23 && taken < 3; ++revision) {
    const pid_t waiting = AwaitReceivePack();

    const auto pushed = Push(revision);

    ASSERT_OK(pushed);
    EXPECT_EQ(pushed->commit_id(), gitsync_.remote().Head());
    if (LastReceivePack() == waiting) ++taken;
  }
  EXPECT_EQ(taken, 3);
  EXPECT_EQ(gitsync_.host().sshd()->Logins(), logins);
}

TEST_F(ReadyReceivePackTest, IsNotNeeded) {
  const pid_t ready = AwaitReceivePack();
  ASSERT_GT(ready, 0);
  kill(ready, SIGKILL);
  while (kill(ready, 0) == 0) absl::SleepFor(absl::Milliseconds(5));

  const auto pushed = Push(3);

  ASSERT_OK(pushed);
  EXPECT_EQ(pushed->commit_id(), gitsync_.remote().Head());
}

}  // namespace
}  // namespace gitsync
