#include "server/git/transport/ssh_transport.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <filesystem>
#include <thread>
#include <vector>

#include "absl/strings/match.h"
#include "absl/time/clock.h"
#include "server/base/reason.h"
#include "tests/support/slowness.h"
#include "tests/support/status_matchers.h"
#include "tests/unit/git/transport/ssh_fixture.h"

namespace gitsync {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::Not;

class HostKeyTypeTest : public testing::TestWithParam<const char*> {};

TEST_P(HostKeyTypeTest, RefsAreRead) {
  SshHost host(GetParam());
  SshTransport transport(LocalOptions());

  const auto refs = ListRefs(transport, host.At());

  ASSERT_OK(refs) << host.sshd.Log();
  EXPECT_THAT(*refs, HasSubstr(host.commit + " refs/heads/master"));
}

TEST_P(HostKeyTypeTest, PinnedKeyIsAccepted) {
  SshHost host(GetParam());
  SshTransport transport(LocalOptions());
  Remote remote = host.At();
  Credentials(remote).pinned_host_key = host.sshd.HostKey();
  Credentials(remote).expected_fingerprint = host.sshd.HostKeyFingerprint();

  ASSERT_OK_AND_ASSIGN(auto stream,
                       transport.Open(remote, GitService::kUploadPack, Context()));

  EXPECT_EQ(stream->HostKey(), host.sshd.HostKey());
}

INSTANTIATE_TEST_SUITE_P(All, HostKeyTypeTest,
                         testing::Values("ed25519", "ecdsa", "rsa"),
                         [](const auto& name) { return std::string(name.param); });

TEST(SshTransportTest, RsaClientKeyLogsIn) {
  SshHost host;
  ASSERT_OK_AND_ASSIGN(const SshKeyPair key,
                       GenerateSshKey(SshKeyType::kRsa4096, "test"));
  host.sshd.Authorize(key.public_key);
  SshTransport transport(LocalOptions());
  Remote remote = host.At();
  Credentials(remote).private_key = key.private_key;

  const auto refs = ListRefs(transport, remote);

  EXPECT_OK(refs) << host.sshd.Log();
}

TEST(SshTransportTest, KeyOfOpenSshLogsIn) {
  SshHost host;
  const TestSshKey key = TestSshKey::Generate("ed25519");
  host.sshd.Authorize(key.public_key);
  SshTransport transport(LocalOptions());
  Remote remote = host.At();
  Credentials(remote).private_key = Secret(key.private_key);

  EXPECT_OK(ListRefs(transport, remote));
}

TEST(SshTransportTest, OtherPinnedKeyIsAMismatchBeforeLogin) {
  SshHost host;
  TestSshd other;
  SshTransport transport(LocalOptions());
  Remote remote = host.At();
  Credentials(remote).pinned_host_key = other.HostKey();

  const auto refs = ListRefs(transport, remote);

  EXPECT_THAT(
      refs, StatusIs(absl::StatusCode::kFailedPrecondition, reason::kHostKeyMismatch));
  EXPECT_THAT(std::string(refs.status().message()),
              AllOf(HasSubstr(other.HostKeyFingerprint()),
                    HasSubstr(host.sshd.HostKeyFingerprint())));
  EXPECT_EQ(host.sshd.Logins(), 0);
  EXPECT_THAT(host.sshd.Log(), Not(HasSubstr("publickey")));
}

TEST(SshTransportTest, PinnedKeyOfAnotherTypeIsAMismatch) {
  SshHost host("rsa");
  TestSshd other("ed25519");
  SshTransport transport(LocalOptions());
  Remote remote = host.At();
  Credentials(remote).pinned_host_key = other.HostKey();

  EXPECT_THAT(
      ListRefs(transport, remote),
      StatusIs(absl::StatusCode::kFailedPrecondition, reason::kHostKeyMismatch));
}

TEST(SshTransportTest, OtherExpectedFingerprintIsAMismatch) {
  SshHost host;
  SshTransport transport(LocalOptions());
  Remote remote = host.At();
  Credentials(remote).expected_fingerprint =
      "SHA256:AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";

  EXPECT_THAT(
      ListRefs(transport, remote),
      StatusIs(absl::StatusCode::kFailedPrecondition, reason::kHostKeyMismatch));
}

TEST(SshTransportTest, ConfiguredKeyIsHeldAgainstTheHost) {
  SshHost host;
  TestSshd other;
  TransportOptions options = LocalOptions();
  const std::string name = absl::StrCat("[127.0.0.1]:", host.sshd.port(), " ");
  ASSERT_OK_AND_ASSIGN(options.host_keys, HostKeys::Parse(name + other.HostKey()));
  SshTransport wrong(options);
  ASSERT_OK_AND_ASSIGN(options.host_keys, HostKeys::Parse(name + host.sshd.HostKey()));
  SshTransport right(options);

  EXPECT_THAT(
      ListRefs(wrong, host.At()),
      StatusIs(absl::StatusCode::kFailedPrecondition, reason::kHostKeyMismatch));
  EXPECT_OK(ListRefs(right, host.At()));
}

TEST(SshTransportTest, UnknownKeyIsRefusedWithoutTellingIt) {
  SshHost host;
  ASSERT_OK_AND_ASSIGN(const SshKeyPair key,
                       GenerateSshKey(SshKeyType::kEd25519, "test"));
  SshTransport transport(LocalOptions());
  Remote remote = host.At();
  Credentials(remote).private_key = key.private_key;

  const auto refs = ListRefs(transport, remote);

  EXPECT_THAT(refs,
              StatusIs(absl::StatusCode::kUnauthenticated, reason::kRemoteAuthFailed));
  EXPECT_THAT(std::string(refs.status().message()),
              AllOf(HasSubstr("deploy key"), Not(HasSubstr("PRIVATE"))));
}

TEST(SshTransportTest, UnreadableKeyIsAnInternalErrorWithoutIt) {
  SshHost host;
  SshTransport transport(LocalOptions());
  Remote remote = host.At();
  Credentials(remote).private_key = Secret("no-such-key-material");

  const auto refs = ListRefs(transport, remote);

  EXPECT_EQ(refs.status().code(), absl::StatusCode::kInternal);
  EXPECT_THAT(refs.status().ToString(), Not(HasSubstr("material")));
}

TEST(SshTransportTest, MissingRepositoryIsNotFoundAndKeepsTheSession) {
  SshHost host;
  SshTransport transport(LocalOptions());

  const auto refs = ListRefs(transport, host.At("/nowhere/none.git"));

  EXPECT_THAT(refs,
              StatusIs(absl::StatusCode::kNotFound, reason::kRemoteRepositoryNotFound));
  EXPECT_OK(ListRefs(transport, host.At()));
  EXPECT_EQ(host.sshd.Logins(), 1);
}

TEST(SshTransportTest, ReadOnlyWordsBecomePermissionDenied) {
  SshHost host;
  TestSshd sshd(
      "ed25519",
      "ForceCommand echo 'ERROR: The key you are authenticating with has been "
      "marked as read only.' >&2; exit 1\n");
  sshd.Authorize(Ed25519().public_key);
  SshTransport transport(LocalOptions());
  Remote remote = host.At();
  remote.url = *ParseGitUrl(sshd.Url("/a.git"), false);
  ASSERT_OK_AND_ASSIGN(auto stream,
                       transport.Open(remote, GitService::kReceivePack, Context()));
  ASSERT_OK_AND_ASSIGN(const std::string text, ReadAdvertisement(*stream));

  const absl::Status status = stream->Finish();

  EXPECT_EQ(text, "");
  EXPECT_THAT(status,
              StatusIs(absl::StatusCode::kPermissionDenied, reason::kRemoteReadOnly));
  EXPECT_THAT(std::string(status.message()), HasSubstr("marked as read only"));
  EXPECT_THAT(stream->RemoteMessages(), HasSubstr("marked as read only"));
}

TEST(SshTransportTest, ShellWordsInThePathAreNotRun) {
  SshHost host;
  const TempDir dir;
  SshTransport transport(LocalOptions());
  Remote remote = host.At();
  // The parser refuses such paths; quoting must hold without it.
  remote.url.path =
      "/x'; touch " + (dir / "run") + "; echo '$(touch " + (dir / "run") + ")";

  const auto refs = ListRefs(transport, remote);

  EXPECT_EQ(refs.status().code(), absl::StatusCode::kNotFound) << refs.status();
  EXPECT_FALSE(std::filesystem::exists(dir / "run"));
}

TEST(SshTransportTest, LargePackArrivesWhole) {
  SshHost host;
  // More than any window of either side; random, so that it does not compress.
  std::string content(5 << 20, '\0');
  uint64_t state = 1;
  for (char& c : content) {
    state = state * 6364136223846793005u + 1442695040888963407u;
    c = static_cast<char>(state >> 56);
  }
  const std::string commit = host.repository.CommitFromElsewhere("big", content, "big");
  TestRemote target;
  SshTransport transport(LocalOptions());

  const auto pack = FetchPack(transport, host.At(), commit);
  ASSERT_OK(pack);
  const auto report = PushPack(transport, host.At(target.path()), commit, *pack);

  ASSERT_OK(report);
  EXPECT_THAT(*report, HasSubstr("ok refs/heads/master"));
  EXPECT_EQ(target.File("master", "big"), content);
  EXPECT_TRUE(target.FsckClean());
}

TEST(SshTransportTest, SessionIsUsedAgain) {
  SshHost host;
  SshTransport transport(LocalOptions());

  const absl::Time start = absl::Now();
  ASSERT_OK(ListRefs(transport, host.At()));
  const absl::Time warm = absl::Now();
  for (int i = 0; i < 10; ++i) ASSERT_OK(ListRefs(transport, host.At()));
  const absl::Duration each = (absl::Now() - warm) / 10;

  EXPECT_EQ(host.sshd.Logins(), 1);
  RecordProperty("cold_ms", absl::StrCat(absl::ToDoubleMilliseconds(warm - start)));
  RecordProperty("warm_ms", absl::StrCat(absl::ToDoubleMilliseconds(each)));
}

TEST(SshTransportTest, AnotherKeyIdGetsItsOwnSession) {
  SshHost host;
  SshTransport transport(LocalOptions());
  Remote other = host.At();
  Credentials(other).key_id = "2";

  ASSERT_OK(ListRefs(transport, host.At()));
  ASSERT_OK(ListRefs(transport, other));

  EXPECT_EQ(host.sshd.Logins(), 2);
}

TEST(SshTransportTest, KilledSessionIsReplaced) {
  SshHost host;
  SshTransport transport(LocalOptions());
  ASSERT_OK(ListRefs(transport, host.At()));
  host.sshd.KillConnections();

  EXPECT_OK(ListRefs(transport, host.At()));

  EXPECT_EQ(host.sshd.Logins(), 2);
}

TEST(SshTransportTest, HaltedIdleSessionIsReplaced) {
  SshHost host;
  TransportOptions options = LocalOptions();
  options.stall_limit = absl::Seconds(4);
  SshTransport transport(options);
  ASSERT_OK(ListRefs(transport, host.At()));
  host.sshd.HaltConnections();

  EXPECT_OK(ListRefs(transport, host.At()));

  EXPECT_EQ(host.sshd.Logins(), 2);
}

TEST(SshTransportTest, IdleSessionsEndWithTime) {
  SshHost host;
  TransportOptions options = LocalOptions();
  options.max_idle_time = absl::ZeroDuration();
  SshTransport transport(options);

  ASSERT_OK(ListRefs(transport, host.At()));
  absl::SleepFor(absl::Milliseconds(2));
  ASSERT_OK(ListRefs(transport, host.At()));

  EXPECT_EQ(host.sshd.Logins(), 2);
}

TEST(SshTransportTest, ManyStreamsRunAtOnce) {
  SshHost host;
  SshTransport transport(LocalOptions());
  std::vector<std::unique_ptr<GitStream>> streams;

  // More than sshd lets a session have channels.
  for (int i = 0; i < 15; ++i) {
    ASSERT_OK_AND_ASSIGN(auto stream,
                         transport.Open(host.At(), GitService::kUploadPack, Context()));
    streams.push_back(std::move(stream));
  }

  for (auto& stream : streams) {
    ASSERT_OK_AND_ASSIGN(const std::string text, ReadAdvertisement(*stream));
    EXPECT_THAT(text, HasSubstr(host.commit));
    ASSERT_OK(stream->Write("0000"));
    EXPECT_OK(stream->Finish());
  }
}

TEST(SshTransportTest, ThreadsShareTheTransport) {
  SshHost host;
  SshTransport transport(LocalOptions());
  std::atomic<int> good = 0;
  std::vector<std::thread> threads;

  for (int i = 0; i < 12; ++i) {
    threads.emplace_back([&] {
      for (int round = 0; round < 3; ++round) {
        good += ListRefs(transport, host.At()).ok() ? 1 : 0;
      }
    });
  }
  for (auto& thread : threads) thread.join();

  EXPECT_EQ(good, 36);
  EXPECT_LE(host.sshd.Logins(), 12);
}

int CountEntries(const char* folder) {
  int count = 0;
  for ([[maybe_unused]] const auto& entry :
       std::filesystem::directory_iterator(folder)) {
    ++count;
  }
  return count;
}

TEST(SshTransportTest, NothingLeaksOverManyOpens) {
  SshHost host;
  SshTransport transport(LocalOptions());
  const Remote missing = host.At("/none.git");
  ASSERT_OK(ListRefs(transport, host.At()));
  const int fds = CountEntries("/proc/self/fd");
  const int threads = CountEntries("/proc/self/task");

  for (int i = 0; i < (kSanitized ? 60 : 200); ++i) {
    switch (i % 4) {
      case 0:
      case 1:
        ASSERT_OK(ListRefs(transport, host.At()));
        break;
      case 2:
        ASSERT_THAT(ListRefs(transport, missing), HasCode(absl::StatusCode::kNotFound));
        break;
      case 3:
        // Given up early.
        ASSERT_OK(transport.Open(host.At(), GitService::kReceivePack, Context()));
        break;
    }
  }

  EXPECT_LE(CountEntries("/proc/self/fd"), fds + 1);
  EXPECT_EQ(CountEntries("/proc/self/task"), threads);
  transport.Shutdown();
  EXPECT_LT(CountEntries("/proc/self/fd"), fds);
}

TEST(SshTransportTest, ShutdownClosesSessionsThatComeBackLater) {
  SshHost host;
  SshTransport transport(LocalOptions());
  ASSERT_OK_AND_ASSIGN(auto stream,
                       transport.Open(host.At(), GitService::kUploadPack, Context()));
  ASSERT_OK(ReadAdvertisement(*stream));
  transport.Shutdown();
  ASSERT_OK(stream->Write("0000"));
  ASSERT_OK(stream->Finish());
  const int fds = CountEntries("/proc/self/fd");

  ASSERT_OK(ListRefs(transport, host.At()));

  EXPECT_EQ(CountEntries("/proc/self/fd"), fds);
}

TEST(SshTransportTest, LoopbackIsRefusedByDefault) {
  SshHost host;
  SshTransport transport{TransportOptions()};

  EXPECT_THAT(
      ListRefs(transport, host.At()),
      StatusIs(absl::StatusCode::kPermissionDenied, reason::kRemoteAddressRefused));
}

}  // namespace
}  // namespace gitsync
