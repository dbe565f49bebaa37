// Logins that have to be proved now, and what that says of the sessions that are kept.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <memory>
#include <string>

#include "server/base/reason.h"
#include "server/git/transport/ssh_transport.h"
#include "tests/support/status_matchers.h"
#include "tests/unit/git/transport/ssh_fixture.h"

namespace gitsync {
namespace {

using absl::StatusCode;

Remote Afresh(Remote remote) {
  remote.afresh = true;
  return remote;
}

// A transport that keeps a session.
class SshAfreshTest : public testing::Test {
 protected:
  void SetUp() override { ASSERT_OK(ListRefs(transport_, host_.At())); }

  static auto IsAuthFailure() {
    return StatusIs(StatusCode::kUnauthenticated, reason::kRemoteAuthFailed);
  }

  SshHost host_;
  SshTransport transport_{LocalOptions()};
};

TEST_F(SshAfreshTest, NewSessionIsMadeAndKept) {
  EXPECT_OK(ListRefs(transport_, Afresh(host_.At())));
  EXPECT_EQ(host_.sshd.Logins(), 2);

  EXPECT_OK(ListRefs(transport_, host_.At()));
  EXPECT_EQ(host_.sshd.Logins(), 2);
}

TEST_F(SshAfreshTest, RevokedKeyFailsAndEndsKeptSessions) {
  host_.sshd.DeauthorizeAll();
  EXPECT_OK(ListRefs(transport_, host_.At()));

  EXPECT_THAT(ListRefs(transport_, Afresh(host_.At())), IsAuthFailure());

  EXPECT_THAT(ListRefs(transport_, host_.At()), IsAuthFailure());
}

TEST_F(SshAfreshTest, ReplacedHostKeyFailsAndEndsKeptSessions) {
  Remote remote = host_.At();
  Credentials(remote).pinned_host_key = host_.sshd.HostKey();
  ASSERT_OK(ListRefs(transport_, remote));
  host_.sshd.Stop();
  host_.sshd.ReplaceHostKey();
  host_.sshd.Start();
  EXPECT_OK(ListRefs(transport_, remote));
  const auto is_mismatch =
      StatusIs(StatusCode::kFailedPrecondition, reason::kHostKeyMismatch);

  EXPECT_THAT(ListRefs(transport_, Afresh(remote)), is_mismatch);

  EXPECT_THAT(ListRefs(transport_, remote), is_mismatch);
}

TEST_F(SshAfreshTest, HostThatIsGoneEndsKeptSessions) {
  host_.sshd.Stop();
  EXPECT_OK(ListRefs(transport_, host_.At()));
  const auto is_unreachable =
      StatusIs(StatusCode::kUnavailable, reason::kRemoteUnreachable);

  EXPECT_THAT(ListRefs(transport_, Afresh(host_.At())), is_unreachable);

  EXPECT_THAT(ListRefs(transport_, host_.At()), is_unreachable);
}

TEST_F(SshAfreshTest, SessionInUseEndsWhenItIsGivenBack) {
  ASSERT_OK_AND_ASSIGN(const auto stream,
                       transport_.Open(host_.At(), GitService::kUploadPack, Context()));
  host_.sshd.DeauthorizeAll();

  EXPECT_THAT(ListRefs(transport_, Afresh(host_.At())), IsAuthFailure());

  ASSERT_OK(ReadAdvertisement(*stream));
  ASSERT_OK(stream->Write("0000"));
  ASSERT_OK(stream->Finish());
  EXPECT_THAT(ListRefs(transport_, host_.At()), IsAuthFailure());
}

TEST_F(SshAfreshTest, SessionsOfOthersAreKept) {
  Remote other = host_.At();
  Credentials(other).key_id = "2";
  ASSERT_OK(ListRefs(transport_, other));
  host_.sshd.DeauthorizeAll();

  EXPECT_THAT(ListRefs(transport_, Afresh(host_.At())), IsAuthFailure());

  EXPECT_OK(ListRefs(transport_, other));
}

TEST_F(SshAfreshTest, CallerWhoGoesAwayEndsNothing) {
  Context context;
  context.cancellation->Cancel();

  EXPECT_EQ(ListRefs(transport_, Afresh(host_.At()), context).status().code(),
            StatusCode::kCancelled);

  EXPECT_OK(ListRefs(transport_, host_.At()));
  EXPECT_EQ(host_.sshd.Logins(), 1);
}

TEST_F(SshAfreshTest, KeyThatIsLetInAgainWorks) {
  host_.sshd.DeauthorizeAll();
  EXPECT_THAT(ListRefs(transport_, Afresh(host_.At())), IsAuthFailure());
  host_.sshd.Authorize(Ed25519().public_key);

  EXPECT_OK(ListRefs(transport_, Afresh(host_.At())));
  EXPECT_OK(ListRefs(transport_, host_.At()));

  EXPECT_EQ(host_.sshd.Logins(), 2);
}

TEST(SshSessionAgeTest, OldSessionIsNotKept) {
  SshHost host;
  TransportOptions options = LocalOptions();
  options.max_session_age = absl::ZeroDuration();
  SshTransport transport(options);

  for (int i = 0; i < 3; ++i) ASSERT_OK(ListRefs(transport, host.At()));

  EXPECT_EQ(host.sshd.Logins(), 3);
}

}  // namespace
}  // namespace gitsync
