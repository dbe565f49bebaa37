// Remotes that stop talking.

#include <arpa/inet.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <atomic>
#include <fstream>
#include <thread>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "tests/integration/installation.h"
#include "tests/support/slowness.h"

namespace gitsync {
namespace {

using absl::StatusCode;
using ::testing::ElementsAre;

// Long enough for others to push meanwhile, also on a busy machine.
constexpr absl::Duration kDeadline = absl::Seconds(10);

// Accepts connections on a port of loopback and says nothing.
class SilentListener {
 public:
  explicit SilentListener(int port)
      : fd_(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    const int on = 1;
    setsockopt(fd_, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
    sockaddr_in address = {};
    address.sin_family = AF_INET;
    address.sin_port = htons(static_cast<uint16_t>(port));
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    EXPECT_EQ(bind(fd_, reinterpret_cast<sockaddr*>(&address), sizeof(address)), 0);
    EXPECT_EQ(listen(fd_, 100), 0);
  }
  ~SilentListener() { close(fd_); }

 private:
  const int fd_;
};

using StalledRemoteTest = TransportTest;
GITSYNC_OVER_EACH_TRANSPORT(StalledRemoteTest);

TEST_P(StalledRemoteTest, SilentHostCostsItsCallersNoMoreThanTheirDeadline) {
  if (kSlowness > 1) GTEST_SKIP() << "takes minutes here";
  constexpr int kWorkers = 3;
  Installation gitsync(
      {.transport = GetParam(),
       .server = {.flags = {absl::StrCat("--git_workers=", kWorkers)}}});
  Api& api = gitsync.api();
  const TestRemote other_remote;
  GitHost stalled(GetParam());
  const std::string organization_id =
      gitsync.ConnectAt(stalled, "stalled", stalled.UrlOf(other_remote.path()));
  stalled.Stop();
  const SilentListener silence(stalled.port());
  std::vector<AppAndVersion> apps;
  for (int i = 0; i < 2 * kWorkers; ++i) {
    apps.push_back(
        api.CreateApp(organization_id, absl::StrCat("App ", i), kDefinition));
  }
  const AppAndVersion healthy = api.CreateApp(gitsync.dev(), "Shop", kDefinition);

  // More of them than there are workers, each on a branch of its own.
  std::atomic<int> ended_callers = 0;
  std::vector<std::jthread> threads;
  for (size_t i = 0; i < apps.size(); ++i) {
    threads.emplace_back([&, i] {
      const auto pushed = api.Push(
          apps[i], "Into silence",
          [i](auto& request) { request.set_branch(absl::StrCat("branch-", i)); },
          {.timeout = kDeadline});
      EXPECT_EQ(pushed.status().code(), StatusCode::kDeadlineExceeded)
          << pushed.status();
      ++ended_callers;
    });
  }
  // Others go on meanwhile.
  absl::SleepFor(absl::Milliseconds(100));
  EXPECT_OK(api.Push(healthy, "Meanwhile"));
  EXPECT_EQ(ended_callers, 0);
  threads.clear();

  // The server let go of them in time, too, and has all its workers back.
  for (const AppAndVersion& app : apps) {
    ASSERT_OK_AND_ASSIGN(const auto last, api.LastOperation(app.app_id));
    ASSERT_OK_AND_ASSIGN(
        const auto ended,
        api.client().WaitForOperation(last.id(), absl::Now() + absl::Minutes(1)));
    EXPECT_NE(ended.state(), v1::OPERATION_STATE_SUCCEEDED);
    ASSERT_OK_AND_ASSIGN(const auto version, api.GetVersion(app));
    EXPECT_EQ(version.commit_id(), "");
  }
  for (int i = 0; i < kWorkers + 1; ++i) {
    ASSERT_OK(api.UpdateDefinition(healthy, absl::StrCat("{\"n\":", i, "}")));
    EXPECT_OK(api.Push(healthy, absl::StrCat("After ", i)));
  }
}

// The remote takes the pack, and is stopped before it answers.
TEST_P(StalledRemoteTest, PushThatIsStoppedInTheMiddleIsFoundOutLater) {
  Installation gitsync({.transport = GetParam()});
  Api& api = gitsync.api();
  const TempDir folder;
  const AppAndVersion app = api.CreateApp(gitsync.dev(), "Shop", kDefinition);
  gitsync.remote().SetHook(
      "pre-receive", absl::StrCat("#!/bin/sh\n: >", folder / "started", "\nuntil [ -e ",
                                  folder / "go", " ]; do sleep 0.02; done\n"));
  std::jthread pusher([&] {
    const auto pushed = api.Push(app, "Only once", nullptr, {.timeout = kDeadline});
    EXPECT_EQ(pushed.status().code(), StatusCode::kDeadlineExceeded) << pushed.status();
  });
  const absl::Time give_up = absl::Now() + kDeadline;
  while (!std::ifstream(folder / "started") && absl::Now() < give_up) {
    absl::SleepFor(absl::Milliseconds(5));
  }
  gitsync.host().Halt();
  pusher.join();
  ASSERT_OK_AND_ASSIGN(const auto open, api.LastOperation(app.app_id));
  EXPECT_EQ(open.state(), v1::OPERATION_STATE_RUNNING) << open.DebugString();
  ASSERT_OK_AND_ASSIGN(const auto between, api.GetVersion(app));
  EXPECT_EQ(between.commit_id(), "");

  WriteTestFile(folder / "go", "");
  gitsync.host().Continue();
  ASSERT_OK_AND_ASSIGN(
      const auto ended,
      api.client().WaitForOperation(open.id(), absl::Now() + absl::Seconds(30)));

  EXPECT_EQ(ended.state(), v1::OPERATION_STATE_SUCCEEDED) << ended.DebugString();
  EXPECT_THAT(gitsync.remote().Log(), ElementsAre("Only once"));
  EXPECT_EQ(ended.commit_id(), gitsync.remote().Head());
  ASSERT_OK_AND_ASSIGN(const auto version, api.GetVersion(app));
  EXPECT_EQ(version.commit_id(), gitsync.remote().Head());
  EXPECT_FALSE(version.has_unpushed_changes());
  // Nothing is pushed twice afterwards.
  ASSERT_OK_AND_ASSIGN(const auto again, api.Push(app, "Again"));
  EXPECT_FALSE(again.changed());
  EXPECT_TRUE(gitsync.remote().FsckClean());
}

}  // namespace
}  // namespace gitsync
