// How the SSH transport logs in: what it shows to whom, when, and how often.

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <libssh/libssh.h>

#include <memory>
#include <string>
#include <vector>

#include "absl/strings/str_split.h"
#include "server/base/error.h"
#include "server/base/reason.h"
#include "server/git/transport/next_try.h"
#include "server/git/transport/ssh_transport.h"
#include "tests/support/status_matchers.h"
#include "tests/support/tcp_proxy.h"
#include "tests/unit/git/transport/ssh_fixture.h"

namespace gitsync {
namespace {

using absl::StatusCode;
using testing::AllOf;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;
using testing::StartsWith;

const SshKeyPair& Rsa() {
  static const auto* key =
      new SshKeyPair(*GenerateSshKey(SshKeyType::kRsa4096, "test"));
  return *key;
}

// How often sshd logged that it refused a key.
int RefusedKeys(const SshHost& host) {
  const std::vector<std::string> parts =
      absl::StrSplit(host.sshd.Log(), "Failed publickey");
  return static_cast<int>(parts.size()) - 1;
}

struct Link {
  const char* name;
  TcpProxy::Pace pace;
  const SshKeyPair& (*key)();
};

std::ostream& operator<<(std::ostream& out, const Link& link) {
  return out << link.name;
}

class LoginOverLinkTest : public testing::TestWithParam<Link> {};

TEST_P(LoginOverLinkTest, FirstAndLaterSessionsWork) {
  SshHost host;
  host.sshd.Authorize(Rsa().public_key);
  TcpProxy link(host.sshd.port(), GetParam().pace);
  SshTransport transport(LocalOptions());
  Remote remote = host.At();
  remote.url.port = link.port();
  Credentials(remote).private_key = GetParam().key().private_key;

  EXPECT_OK(ListRefs(transport, remote)) << host.sshd.Log();
  EXPECT_OK(ListRefs(transport, remote));
  remote.afresh = true;
  EXPECT_OK(ListRefs(transport, remote));

  EXPECT_EQ(host.sshd.Logins(), 2);
  EXPECT_EQ(RefusedKeys(host), 0);
}

// sshd tells which signatures it takes of RSA keys in a packet of its own, which a slow
// link delivers later than the end of the handshake.
INSTANTIATE_TEST_SUITE_P(
    Links, LoginOverLinkTest,
    testing::Values(Link{"RsaFast", {}, Rsa}, Link{"Ed25519Fast", {}, Ed25519},
                    Link{"RsaSlow", {512, absl::Milliseconds(2)}, Rsa},
                    Link{"RsaInDrops", {100, absl::Milliseconds(5)}, Rsa},
                    Link{"Ed25519Slow", {512, absl::Milliseconds(2)}, Ed25519}),
    [](const auto& link) { return std::string(link.param.name); });

TEST(SshLoginTest, RefusedKeyIsShownOnce) {
  SshHost host;
  SshTransport transport(LocalOptions());
  Remote remote = host.At();
  Credentials(remote).private_key = Rsa().private_key;

  const auto refs = ListRefs(transport, remote);

  EXPECT_THAT(refs, StatusIs(StatusCode::kUnauthenticated, reason::kRemoteAuthFailed));
  EXPECT_THAT(MetadataOf(refs.status(), kKeyNotShown), IsEmpty());
  EXPECT_EQ(RefusedKeys(host), 1) << host.sshd.Log();
}

TEST(SshLoginTest, RefusedKeyIsShownAgainOnlyToProveIt) {
  SshHost host;
  SshTransport transport(LocalOptions());
  Remote remote = host.At();
  Credentials(remote).private_key = Rsa().private_key;
  const auto refused =
      StatusIs(StatusCode::kUnauthenticated, reason::kRemoteAuthFailed);
  const auto first = ListRefs(transport, remote);
  EXPECT_THAT(first, refused);
  EXPECT_THAT(MetadataOf(first.status(), kNextTryTime), IsEmpty());

  const auto remembered = ListRefs(transport, remote);

  EXPECT_THAT(remembered, refused);
  EXPECT_THAT(std::string(remembered.status().message()),
              AllOf(HasSubstr(std::string(first.status().message())),
                    HasSubstr("It is tried again at")));
  EXPECT_THAT(MetadataOf(remembered.status(), kNextTryTime), Not(IsEmpty()));
  EXPECT_EQ(RefusedKeys(host), 1) << host.sshd.Log();
  // It was changed: another configuration, even with the same key.
  Remote changed = remote;
  changed.circuit = "organization/etag";
  EXPECT_THAT(ListRefs(transport, changed), refused);
  EXPECT_EQ(RefusedKeys(host), 2) << host.sshd.Log();
  // Somebody asks.
  host.sshd.Authorize(Rsa().public_key);
  remote.afresh = true;
  EXPECT_OK(ListRefs(transport, remote));
  remote.afresh = false;
  EXPECT_OK(ListRefs(transport, remote));
}

TEST(SshLoginTest, HostThatAsksForMoreThanAKeyIsNamed) {
  SshHost host("ed25519", "AuthenticationMethods publickey,publickey\n");
  SshTransport transport(LocalOptions());

  const auto refs = ListRefs(transport, host.At());

  EXPECT_THAT(refs, StatusIs(StatusCode::kUnauthenticated, reason::kRemoteAuthFailed));
  EXPECT_THAT(std::string(refs.status().message()),
              HasSubstr("asks for more: publickey"));
  EXPECT_THAT(MetadataOf(refs.status(), kKeyNotShown), Not(IsEmpty()));
}

struct Drop {
  const char* name;
  TcpProxy::Cut cut;
};

std::ostream& operator<<(std::ostream& out, const Drop& drop) {
  return out << drop.name;
}

class DroppedConnectionTest : public testing::TestWithParam<Drop> {
 protected:
  SshHost host_;
  TcpProxy proxy_{host_.sshd.port()};
  SshTransport transport_{LocalOptions()};
};

// As sshd does beyond its MaxStartups, or when it is being restarted.
TEST_P(DroppedConnectionTest, IsMadeOnceMore) {
  Remote remote = host_.At();
  remote.url.port = proxy_.port();
  proxy_.CutNext(GetParam().cut);

  EXPECT_OK(ListRefs(transport_, remote));
  EXPECT_EQ(proxy_.Connections(), 2);
}

INSTANTIATE_TEST_SUITE_P(
    Drops, DroppedConnectionTest,
    testing::Values(Drop{"Unheard", {false, TcpProxy::CutKind::kEnd, 0}},
                    Drop{"Reset", {false, TcpProxy::CutKind::kReset, 0}},
                    Drop{"InTheGreeting", {false, TcpProxy::CutKind::kEnd, 5}},
                    Drop{"AfterTheGreeting", {true, TcpProxy::CutKind::kEnd, 0}},
                    Drop{"InTheKeyExchange", {false, TcpProxy::CutKind::kEnd, 600}}),
    [](const auto& drop) { return std::string(drop.param.name); });

TEST(SshLoginTest, ConnectionThatIsDroppedAgainAndAgainIsUnreachable) {
  SshHost host;
  TcpProxy proxy(host.sshd.port());
  SshTransport transport(LocalOptions());
  Remote remote = host.At();
  remote.url.port = proxy.port();
  // Whoever proves a configuration is told at once, also while the host is left alone.
  remote.afresh = true;
  host.sshd.Stop();

  for (int i = 0; i < 3; ++i) {
    const auto refs = ListRefs(transport, remote);
    EXPECT_THAT(refs, StatusIs(StatusCode::kUnavailable, reason::kRemoteUnreachable));
    EXPECT_THAT(MetadataOf(refs.status(), kNextTryTime), Not(IsEmpty()));
  }
  EXPECT_EQ(proxy.Connections(), 2);
}

TEST(SshLoginTest, HostThatShutsUsOutLeavesOpenSessions) {
  SshHost host;
  TcpProxy proxy(host.sshd.port());
  SshTransport transport(LocalOptions());
  Remote remote = host.At();
  remote.url.port = proxy.port();
  ASSERT_OK(ListRefs(transport, remote));
  host.sshd.Stop();
  Remote afresh = remote;
  afresh.afresh = true;

  EXPECT_THAT(ListRefs(transport, afresh),
              StatusIs(StatusCode::kUnavailable, reason::kRemoteUnreachable));

  EXPECT_OK(ListRefs(transport, remote));
  EXPECT_EQ(proxy.Connections(), 3);
}

TEST(SshLoginTest, WrongHostKeyIsNotAskedForAgain) {
  SshHost host;
  TestSshd other;
  TcpProxy proxy(host.sshd.port());
  SshTransport transport(LocalOptions());
  Remote remote = host.At();
  remote.url.port = proxy.port();
  Credentials(remote).pinned_host_key = other.HostKey();

  EXPECT_THAT(ListRefs(transport, remote),
              StatusIs(StatusCode::kFailedPrecondition, reason::kHostKeyMismatch));
  EXPECT_EQ(proxy.Connections(), 1);
}

// libssh has no such codes; OpenSSH takes none with ciphers that bring their own.
TEST(SshLoginTest, HostWithoutACommonAlgorithmIsToldAsSuch) {
  SshHost host("ed25519", "Ciphers aes256-ctr\nMACs umac-64@openssh.com\n");
  SshTransport transport(LocalOptions());

  const auto refs = ListRefs(transport, host.At());

  EXPECT_THAT(refs, StatusIs(StatusCode::kFailedPrecondition, reason::kUnsupported));
  EXPECT_THAT(std::string(refs.status().message()),
              AllOf(HasSubstr("no algorithm in common"),
                    HasSubstr("umac-64@openssh.com"), HasSubstr(ssh_version(0))));
}

TEST(SshLoginTest, TellsWhatProtectsTheConnection) {
  SshHost host("ed25519",
               "KexAlgorithms curve25519-sha256\nCiphers aes256-gcm@openssh.com\n");
  SshTransport transport(LocalOptions());

  ASSERT_OK_AND_ASSIGN(const std::unique_ptr<GitStream> stream,
                       transport.Open(host.At(), GitService::kUploadPack, Context()));

  EXPECT_THAT(stream->Protection(),
              AllOf(StartsWith("OpenSSH_"),
                    HasSubstr(", key exchange curve25519-sha256 (not post-quantum)"),
                    HasSubstr(", cipher aes256-gcm@openssh.com")));
  EXPECT_EQ(stream->LoginAlgorithm(), "ssh-ed25519");
}

}  // namespace
}  // namespace gitsync
