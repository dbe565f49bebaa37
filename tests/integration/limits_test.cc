// What the system gives runs out: the disk, file descriptors, time to end.
//
// GITSYNC_STOP_ROUNDS in the environment makes the test of stops longer.

#include <arpa/inet.h>
#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/mount.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <iostream>
#include <random>
#include <string>
#include <vector>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "tests/integration/push_load.h"
#include "tests/support/slowness.h"

namespace gitsync {
namespace {

constexpr absl::Duration kHealLimit = absl::Seconds(60);

// ---- The disk ---------------------------------------------------------------------

// A file system of its own, in memory.
class SmallDisk {
 public:
  explicit SmallDisk(int mebibytes)
      : mounted_(mount("tmpfs", (folder_ / "").c_str(), "tmpfs", 0,
                       absl::StrCat("size=", mebibytes, "m").c_str()) == 0) {}
  ~SmallDisk() {
    if (mounted_) umount2((folder_ / "").c_str(), MNT_DETACH);
  }

  bool mounted() const { return mounted_; }
  std::string folder() const { return folder_ / "data"; }

  void Fill() {
    const int fd = open((folder_ / "fill").c_str(),
                        O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
    std::string block(1 << 16, 'x');
    while (!block.empty()) {
      if (write(fd, block.data(), block.size()) < 0) block.resize(block.size() / 2);
    }
    close(fd);
  }
  void Free() { unlink((folder_ / "fill").c_str()); }

 private:
  const TempDir folder_;
  const bool mounted_;
};

class FullDiskTest : public TransportTest {};
GITSYNC_OVER_EACH_TRANSPORT(FullDiskTest);

TEST_P(FullDiskTest, ReadsGoOnAndItHealsWhenThereIsRoom) {
  SmallDisk disk(48);
  if (!disk.mounted()) GTEST_SKIP() << "mounting is not allowed here";
  Installation gitsync(
      {.transport = GetParam(), .server = {.data_dir = disk.folder()}});
  Api& api = gitsync.api();
  const AppAndVersion app = api.CreateApp(gitsync.dev(), "Shop", kDefinition);
  ASSERT_OK(api.Push(app, "first"));
  // What the remote has taken, and the store not, is open until there is room.
  PushLoad load(&gitsync, {"STORAGE_FULL", "OUTCOME_UNKNOWN", "INTERRUPTED"},
                std::random_device()());
  TestRemote other;
  load.AddCallers("one", other, 4);
  load.Start();
  ASSERT_TRUE(load.AwaitAcknowledgement());

  disk.Fill();
  absl::Status refused;
  const absl::Time give_up = absl::Now() + absl::Seconds(60);
  for (int i = 0; refused.ok() && absl::Now() < give_up; ++i) {
    // The log of the store may have room for a while.
    refused = api.UpdateDefinition(app, absl::StrCat("{\"n\":", i, ",\"text\":\"",
                                                     std::string(100'000, 'a'), "\"}"))
                  .status();
  }
  EXPECT_EQ(refused.code(), absl::StatusCode::kResourceExhausted) << refused;
  EXPECT_EQ(ReasonSeen(refused), "STORAGE_FULL");
  EXPECT_EQ(ReasonSeen(api.Push(app, "no room").status()), "STORAGE_FULL");
  EXPECT_OK(api.GetApp(app.app_id));
  EXPECT_OK(api.GetVersion(app));
  EXPECT_OK(api.ListApps(gitsync.dev()));
  // A fetch does not fit either.
  gitsync.remote().CommitFromElsewhere("large", std::string(4 << 20, 'a'), "large");
  EXPECT_EQ(ReasonSeen(api.Pull(app.app_id, true).status()), "STORAGE_FULL");
  EXPECT_OK(api.GetApp(app.app_id));

  disk.Free();
  const absl::Time freed = absl::Now();
  absl::Status healed = absl::UnknownError("not tried");
  while (!healed.ok() && absl::Now() < freed + kHealLimit) {
    healed = api.UpdateDefinition(app, "{\"healed\":true}").status();
    if (healed.ok()) healed = api.Push(app, "healed").status();
  }
  EXPECT_OK(healed) << " after " << absl::Now() - freed;
  std::cout << "healed in " << absl::Now() - freed << std::endl;
  load.Finish();
  EXPECT_GE(load.Judge().acknowledged, 1);
}

// ---- File descriptors -------------------------------------------------------------

// Connections that say nothing.
class IdleConnections {
 public:
  IdleConnections(const std::string& endpoint, int count) {
    sockaddr_in address = {};
    address.sin_family = AF_INET;
    int port = 0;
    EXPECT_TRUE(absl::SimpleAtoi(endpoint.substr(endpoint.rfind(':') + 1), &port));
    address.sin_port = htons(static_cast<uint16_t>(port));
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    for (int i = 0; i < count; ++i) {
      fds_.push_back(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
      EXPECT_EQ(
          connect(fds_.back(), reinterpret_cast<sockaddr*>(&address), sizeof(address)),
          0);
    }
  }
  ~IdleConnections() { Close(); }

  // Waits until the server has closed one; whether it has.
  bool AwaitRefusal() {
    std::vector<pollfd> polls;
    for (const int fd : fds_) polls.push_back({fd, POLLIN, 0});
    return poll(polls.data(), polls.size(), 8'000) > 0;
  }

  void Close() {
    for (const int fd : fds_) close(fd);
    fds_.clear();
  }

 private:
  std::vector<int> fds_;
};

// Waits until a new client is served.
void ExpectHealed(Installation& gitsync, const AppAndVersion& app) {
  const absl::Time freed = absl::Now();
  absl::Status healed = absl::UnknownError("not tried");
  while (!healed.ok() && absl::Now() < freed + kHealLimit) {
    Api fresh(gitsync.server().endpoint(), gitsync.server().AdminToken());
    healed = fresh.GetApp(app.app_id).status();
  }
  EXPECT_OK(healed) << " after " << absl::Now() - freed;
  std::cout << "healed in " << absl::Now() - freed << std::endl;
}

class FileDescriptorsTest : public TransportTest {
 protected:
  void SetUp() override {
    ASSERT_OK(api().Push(app_, "first"));
    load_.AddCallers("one", other_, 2);
    load_.Start();
    ASSERT_TRUE(load_.AwaitAcknowledgement());
  }

  Api& api() { return gitsync_.api(); }

  // Work goes on over the connections that there were before.
  void ExpectWorks(int number) {
    EXPECT_OK(api().GetApp(app_.app_id));
    EXPECT_OK(api().UpdateDefinition(app_, absl::StrCat("{\"n\":", number, "}")));
    EXPECT_OK(api().Push(app_, absl::StrCat("number ", number)));
  }

  Installation gitsync_{{.transport = GetParam(), .server = {.open_files = 64}}};
  AppAndVersion app_ = api().CreateApp(gitsync_.dev(), "Shop", kDefinition);
  TestRemote other_;
  PushLoad load_{&gitsync_, {}, std::random_device()()};
};
GITSYNC_OVER_EACH_TRANSPORT(FileDescriptorsTest);

TEST_P(FileDescriptorsTest, IdleConnectionsToTheServerCostNobodyElse) {
  IdleConnections idle(gitsync_.server().endpoint(), 300);
  EXPECT_TRUE(idle.AwaitRefusal());
  ExpectWorks(1);

  idle.Close();

  ExpectHealed(gitsync_, app_);
  ExpectWorks(2);
  load_.Finish();
  EXPECT_GE(load_.Judge().acknowledged, 1);
}

TEST_P(FileDescriptorsTest, IdleConnectionsToTheGatewayCostNobodyElse) {
  IdleConnections idle(gitsync_.server().http_endpoint(), 300);
  EXPECT_TRUE(idle.AwaitRefusal());
  ExpectWorks(1);

  idle.Close();

  ExpectHealed(gitsync_, app_);
  ExpectWorks(2);
  load_.Finish();
  EXPECT_GE(load_.Judge().acknowledged, 1);
}

TEST(ConnectionLimitTest, OneConnectionMoreIsClosedAtOnce) {
  Installation gitsync({.server = {.flags = {"--grpc_max_connections=3"}}});
  const AppAndVersion app = gitsync.api().CreateApp(gitsync.dev(), "Shop", kDefinition);
  IdleConnections idle(gitsync.server().endpoint(), 3);
  EXPECT_TRUE(idle.AwaitRefusal());
  EXPECT_OK(gitsync.api().GetApp(app.app_id));

  idle.Close();

  ExpectHealed(gitsync, app);
}

// ---- Time to end ------------------------------------------------------------------

class StopTest : public TransportTest {};
GITSYNC_OVER_EACH_TRANSPORT(StopTest);

TEST_P(StopTest, StopsUnderLoadLoseNothing) {
  const int rounds =
      static_cast<int>(FromEnvironment("GITSYNC_STOP_ROUNDS", kSanitized ? 4 : 10));
  std::mt19937 random{std::random_device{}()};
  Installation gitsync({.transport = GetParam()});
  TestRemote slow;
  slow.SetHook("pre-receive", "#!/bin/sh\nsleep 0.0$(($$ % 10))\n");
  PushLoad load(&gitsync, {"SHUTTING_DOWN", "INTERRUPTED", "OUTCOME_UNKNOWN"},
                random());
  load.AddCallers("one", gitsync.remote(), 4);
  load.AddCallers("two", slow, 4);
  load.Start();

  absl::Duration longest;
  for (int round = 0; round < rounds && !HasFailure(); ++round) {
    ASSERT_TRUE(load.AwaitAcknowledgement());
    absl::SleepFor(absl::Milliseconds(std::uniform_int_distribution<>(0, 100)(random)));
    // The callers go on calling meanwhile.
    const absl::Time stop = absl::Now();
    gitsync.server().RequestStop();
    EXPECT_EQ(gitsync.server().Wait(), 0) << gitsync.server().Log();
    longest = std::max(longest, absl::Now() - stop);
    load.ServerEnded();
    load.Recover();
  }
  load.Finish();

  std::cout << "longest stop " << longest << std::endl;
  EXPECT_GE(load.Judge().acknowledged, rounds);
}

}  // namespace
}  // namespace gitsync
