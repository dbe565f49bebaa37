// Receive-packs that wait for the next push.

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>

#include <memory>
#include <string>

#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "server/git/transport/ssh_transport.h"
#include "tests/support/status_matchers.h"
#include "tests/unit/git/transport/ssh_fixture.h"

namespace gitsync {
namespace {

using testing::HasSubstr;
using testing::IsEmpty;
using testing::IsNull;
using testing::NotNull;

// A transport that has a session, as after a push.
class SshReadyTest : public testing::Test {
 protected:
  void SetUp() override { ASSERT_OK(ListRefs(transport_, host_.At())); }

  std::unique_ptr<GitStream> OpenUnasked(const Remote& remote) {
    auto stream = transport_.OpenUnasked(remote, Context());
    EXPECT_OK(stream);
    return stream.ok() ? *std::move(stream) : nullptr;
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

TEST_F(SshReadyTest, DeadOneIsNotHandedOut) {
  transport_.GetReady(host_.At(), Context());
  while (host_.sshd.ReceivePacks().size() != 1) absl::SleepFor(absl::Milliseconds(1));
  kill(host_.sshd.ReceivePacks()[0], SIGKILL);

  // Word of its end may still be on its way: then it is handed out, and says so itself.
  if (const std::unique_ptr<GitStream> stream = OpenUnasked(host_.At())) {
    EXPECT_FALSE(stream->Finish().ok());
  }

  EXPECT_OK(ListRefs(transport_, host_.At()));
  EXPECT_EQ(host_.sshd.Logins(), 1);
}

TEST_F(SshReadyTest, DeadSessionIsNotUsed) {
  transport_.GetReady(host_.At(), Context());
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
  transport_.GetReady(host_.At(), Context());

  transport_.Shutdown();

  while (!host_.sshd.ReceivePacks().empty()) absl::SleepFor(absl::Milliseconds(5));
  EXPECT_THAT(OpenUnasked(host_.At()), IsNull());
}

TEST(SshReadyTimeTest, UnusedOneIsToldThatNothingIsWanted) {
  SshHost host;
  TransportOptions options = LocalOptions();
  options.ready_time = absl::Milliseconds(500);
  SshTransport transport(options);
  ASSERT_OK(ListRefs(transport, host.At()));

  transport.GetReady(host.At(), Context());
  while (host.sshd.ReceivePacks().empty()) absl::SleepFor(absl::Milliseconds(1));

  // Nobody calls the transport meanwhile.
  while (!host.sshd.ReceivePacks().empty()) absl::SleepFor(absl::Milliseconds(5));
  ASSERT_OK_AND_ASSIGN(const auto stream, transport.OpenUnasked(host.At(), Context()));
  EXPECT_THAT(stream, IsNull());
  EXPECT_OK(ListRefs(transport, host.At()));
  EXPECT_EQ(host.sshd.Logins(), 1);
}

TEST(SshReadyTimeTest, HostOfOneChannelASessionIsServedAsWell) {
  SshHost host("ed25519", "MaxSessions 1");
  SshTransport transport(LocalOptions());
  ASSERT_OK(ListRefs(transport, host.At()));

  transport.GetReady(host.At(), Context());

  EXPECT_OK(ListRefs(transport, host.At()));
  EXPECT_OK(ListRefs(transport, host.At()));
}

}  // namespace
}  // namespace gitsync
