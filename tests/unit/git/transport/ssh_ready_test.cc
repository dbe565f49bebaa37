// Receive-packs that wait for the next push.

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>

#include <memory>
#include <string>
#include <vector>

#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "server/git/transport/ssh_transport.h"
#include "tests/support/slowness.h"
#include "tests/support/status_matchers.h"
#include "tests/unit/git/transport/ssh_fixture.h"

namespace gitsync {
namespace {

using testing::HasSubstr;
using testing::IsEmpty;
using testing::IsNull;
using testing::NotNull;

// Those that run, once there are `count`; none, and fails the test, if that takes too
// long.
std::vector<pid_t> AwaitReceivePacks(const SshHost& host, size_t count) {
  const absl::Time end = absl::Now() + absl::Seconds(60) * kSlowness;
  while (absl::Now() < end) {
    const std::vector<pid_t> running = host.sshd.ReceivePacks();
    if (running.size() == count) return running;
    absl::SleepFor(absl::Milliseconds(5));
  }
  ADD_FAILURE() << "no " << count << " receive-packs";
  return {};
}

// A transport that has a session, as after a push.
class SshReadyTest : public testing::Test {
 protected:
  void SetUp() override { ASSERT_OK(ListRefs(transport_, host_.At())); }

  std::unique_ptr<GitStream> OpenUnasked(const Remote& remote) {
    auto stream = transport_.OpenUnasked(remote, Context());
    EXPECT_OK(stream);
    return stream.ok() ? *std::move(stream) : nullptr;
  }

  // Gets ready, and waits until the remote is.
  pid_t GetReady() {
    transport_.GetReady(host_.At(), Context());
    const std::vector<pid_t> ready = AwaitReceivePacks(host_, 1);
    return ready.empty() ? -1 : ready[0];
  }

  SshHost host_;
  SshTransport transport_{LocalOptions()};
};

TEST_F(SshReadyTest, IsHandedOutOnce) {
  transport_.GetReady(host_.At(), Context());

  const std::unique_ptr<GitStream> stream = OpenUnasked(host_.At());
  ASSERT_THAT(stream, NotNull());
  EXPECT_TRUE(stream->Advertises());
  EXPECT_THAT(OpenUnasked(host_.At()), IsNull());

  ASSERT_OK_AND_ASSIGN(const std::string refs, ReadAdvertisement(*stream));
  EXPECT_THAT(refs, HasSubstr(host_.commit + " refs/heads/master"));
  EXPECT_OK(stream->Write("0000"));
  EXPECT_OK(stream->Finish());
  EXPECT_OK(ListRefs(transport_, host_.At()));
  EXPECT_EQ(host_.sshd.Logins(), 1);
}

TEST_F(SshReadyTest, IsForItsRepositoryAndKeyOnly) {
  const TestRemote other;
  Remote with_other_key = host_.At();
  Credentials(with_other_key).key_id = "2";

  transport_.GetReady(host_.At(), Context());

  EXPECT_THAT(OpenUnasked(host_.At(other.path())), IsNull());
  EXPECT_THAT(OpenUnasked(with_other_key), IsNull());
  EXPECT_THAT(OpenUnasked(host_.At()), NotNull());
}

TEST_F(SshReadyTest, WaitsWhileItsSessionIsUsed) {
  transport_.GetReady(host_.At(), Context());
  for (int i = 0; i < 3; ++i) ASSERT_OK(ListRefs(transport_, host_.At()));

  const std::unique_ptr<GitStream> stream = OpenUnasked(host_.At());

  ASSERT_THAT(stream, NotNull());
  EXPECT_OK(ReadAdvertisement(*stream));
  EXPECT_EQ(host_.sshd.Logins(), 1);
}

TEST_F(SshReadyTest, DeadOneDoesNoHarm) {
  kill(GetReady(), SIGKILL);
  AwaitReceivePacks(host_, 0);

  // Word of its end may still be on its way: then it is handed out, and says so itself.
  if (const std::unique_ptr<GitStream> stream = OpenUnasked(host_.At())) {
    EXPECT_FALSE(stream->Finish().ok());
  }

  EXPECT_OK(ListRefs(transport_, host_.At()));
  EXPECT_EQ(host_.sshd.Logins(), 1);
}

TEST_F(SshReadyTest, DeadSessionIsNotUsed) {
  GetReady();
  host_.sshd.KillConnections();

  EXPECT_THAT(OpenUnasked(host_.At()), IsNull());
  EXPECT_OK(ListRefs(transport_, host_.At()));
}

TEST_F(SshReadyTest, NothingIsMadeReadyInASessionThatIsInUse) {
  ASSERT_OK_AND_ASSIGN(const auto stream,
                       transport_.Open(host_.At(), GitService::kUploadPack, Context()));

  transport_.GetReady(host_.At(), Context());

  EXPECT_THAT(OpenUnasked(host_.At()), IsNull());
}

TEST_F(SshReadyTest, GoesWithTheTransport) {
  GetReady();

  transport_.Shutdown();

  AwaitReceivePacks(host_, 0);
  EXPECT_THAT(OpenUnasked(host_.At()), IsNull());
}

TEST_F(SshReadyTest, ManyInARowUseOneSession) {
  // More than a session of sshd has channels for at a time.
  for (int i = 0; i < 15; ++i) {
    transport_.GetReady(host_.At(), Context());
    const std::unique_ptr<GitStream> stream = OpenUnasked(host_.At());
    ASSERT_THAT(stream, NotNull());
    ASSERT_OK(ReadAdvertisement(*stream));
    ASSERT_OK(stream->Write("0000"));
    ASSERT_OK(stream->Finish());
    ASSERT_OK(ListRefs(transport_, host_.At()));
  }
  EXPECT_EQ(host_.sshd.Logins(), 1);
}

TEST(SshReadyTimeTest, UnusedOneIsToldThatNothingIsWanted) {
  SshHost host;
  TransportOptions options = LocalOptions();
  options.ready_time = absl::Seconds(5);
  SshTransport transport(options);
  ASSERT_OK(ListRefs(transport, host.At()));

  transport.GetReady(host.At(), Context());
  AwaitReceivePacks(host, 1);

  // Nobody calls the transport meanwhile.
  AwaitReceivePacks(host, 0);
  ASSERT_OK_AND_ASSIGN(const auto stream, transport.OpenUnasked(host.At(), Context()));
  EXPECT_THAT(stream, IsNull());
  EXPECT_OK(ListRefs(transport, host.At()));
  EXPECT_EQ(host.sshd.Logins(), 1);
}

TEST(SshReadyTimeTest, HostOfOneChannelASessionIsServedAsWell) {
  SshHost host("ed25519", "MaxSessions 1");
  SshTransport transport(LocalOptions());

  for (int i = 0; i < 3; ++i) {
    ASSERT_OK(ListRefs(transport, host.At()));
    transport.GetReady(host.At(), Context());
    auto stream = transport.OpenUnasked(host.At(), Context());
    ASSERT_OK(stream);
    // It may have been denied.
    if (*stream == nullptr) continue;
    EXPECT_OK(ReadAdvertisement(**stream));
    EXPECT_OK((*stream)->Write("0000"));
    EXPECT_OK((*stream)->Finish());
  }
}

}  // namespace
}  // namespace gitsync
