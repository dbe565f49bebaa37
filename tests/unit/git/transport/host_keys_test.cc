#include "server/git/transport/host_keys.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "absl/strings/str_cat.h"
#include "server/base/reason.h"
#include "tests/support/status_matchers.h"
#include "tests/support/test_remote.h"
#include "tests/support/test_sshd.h"

namespace gitsync {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

// Published keys of github.com and gitlab.com.
constexpr char kKeyA[] =
    "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIOMqqnkVzrm0SdG6UOoqKLsabgH5C9okWi0dh2l9GKJl";
constexpr char kPrintA[] = "SHA256:+DiY3wvvV6TuJJhbpZisF/zLDA0zPMSvHdkr4UvCOqU";
constexpr char kKeyB[] =
    "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIAfuCHKVTjquxvt6CM6tdG4SLp1Btn/nOeHHE5UOzRdf";
constexpr char kPrintB[] = "SHA256:eUXGGm1YGsMAS7vkcx6JOJdOGHPem5gQp4taiCfCLB8";

HostKeys Parsed(const std::string& text) {
  auto keys = HostKeys::Parse(text);
  EXPECT_TRUE(keys.ok()) << keys.status();
  return keys.ok() ? *keys : HostKeys();
}

std::vector<std::string> Prints(const HostKeys& keys, const std::string& host,
                                int port = 22) {
  std::vector<std::string> prints;
  for (const HostKey& key : keys.Allowed(host, port)) prints.push_back(key.fingerprint);
  return prints;
}

TEST(HostKeysTest, FingerprintIsThatOfSshKeygen) {
  TestSshd sshd;

  ASSERT_OK_AND_ASSIGN(const HostKey key, ParseHostKey(sshd.HostKey()));

  EXPECT_EQ(key.fingerprint, sshd.HostKeyFingerprint());
  EXPECT_EQ(ParseHostKey(kKeyA)->fingerprint, kPrintA);
}

TEST(HostKeysTest, WellKnownHostsArePinned) {
  const HostKeys keys;

  for (const char* host : {"github.com", "GitHub.com", "gitlab.com", "bitbucket.org"}) {
    EXPECT_EQ(Prints(keys, host).size(), 3u) << host;
  }
  EXPECT_EQ(Prints(keys, "ssh.github.com", 443), Prints(keys, "github.com"));
  EXPECT_THAT(Prints(keys, "github.com"), testing::Contains(kPrintA));
  EXPECT_THAT(Prints(keys, "gitlab.com"), testing::Contains(kPrintB));
  EXPECT_THAT(Prints(keys, "example.com"), IsEmpty());
  EXPECT_THAT(Prints(keys, "notgithub.com"), IsEmpty());
}

TEST(HostKeysTest, FileOverridesThePublishedKeys) {
  const HostKeys keys = Parsed(absl::StrCat("github.com ", kKeyB, "\n"));

  EXPECT_THAT(Prints(keys, "github.com"), ElementsAre(kPrintB));
  EXPECT_EQ(Prints(keys, "gitlab.com").size(), 3u);
}

TEST(HostKeysTest, NamesPortsAndPatternsMatch) {
  const HostKeys keys =
      Parsed(absl::StrCat("# a comment\n\n"
                          "a.example,B.example ",
                          kKeyA, " with a comment\r\n", "[a.example]:2222 ", kKeyB,
                          "\n", "*.int,!bad.int ", kKeyA, "\n", "host-?.lan\t", kKeyB));

  EXPECT_THAT(Prints(keys, "a.example"), ElementsAre(kPrintA));
  EXPECT_THAT(Prints(keys, "A.EXAMPLE"), ElementsAre(kPrintA));
  EXPECT_THAT(Prints(keys, "b.example"), ElementsAre(kPrintA));
  EXPECT_THAT(Prints(keys, "a.example", 2222), ElementsAre(kPrintB));
  EXPECT_THAT(Prints(keys, "a.example", 2223), IsEmpty());
  EXPECT_THAT(Prints(keys, "x.y.int"), ElementsAre(kPrintA));
  EXPECT_THAT(Prints(keys, "bad.int"), IsEmpty());
  EXPECT_THAT(Prints(keys, "host-1.lan"), ElementsAre(kPrintB));
  EXPECT_THAT(Prints(keys, "host-12.lan"), IsEmpty());
}

TEST(HostKeysTest, HashedNamesOfSshKeygenMatch) {
  const TempDir dir;
  WriteTestFile(dir / "known_hosts",
                absl::StrCat("a.example ", kKeyA, "\n[a.example]:2222 ", kKeyB, "\n"));
  ASSERT_EQ(RunCommand({"ssh-keygen", "-q", "-H", "-f", dir / "known_hosts"}).status,
            0);

  ASSERT_OK_AND_ASSIGN(const HostKeys keys, HostKeys::Load(dir / "known_hosts"));

  EXPECT_THAT(Prints(keys, "a.example"), ElementsAre(kPrintA));
  EXPECT_THAT(Prints(keys, "a.example", 2222), ElementsAre(kPrintB));
  EXPECT_THAT(Prints(keys, "b.example"), IsEmpty());
}

TEST(HostKeysTest, RevokedKeyIsRefusedEvenIfPinned) {
  const HostKeys keys = Parsed(absl::StrCat("@revoked * ", kKeyA));
  HostKeyDemand demand;
  demand.host = "a.example";
  demand.pinned = kKeyA;

  EXPECT_THAT(
      CheckHostKey(keys, demand, *ParseHostKey(kKeyA)),
      StatusIs(absl::StatusCode::kFailedPrecondition, reason::kHostKeyMismatch));
  EXPECT_THAT(Prints(keys, "a.example"), IsEmpty());
}

TEST(HostKeysTest, CertificateAuthoritiesAreLeftOut) {
  const HostKeys keys = Parsed(absl::StrCat("@cert-authority * ", kKeyA));

  EXPECT_THAT(Prints(keys, "a.example"), IsEmpty());
}

TEST(HostKeysTest, BrokenLineIsNamed) {
  for (const std::string& line :
       {std::string("a.example ssh-ed25519"), std::string("a.example ssh-ed25519 !!!"),
        std::string("a.example ssh-rsa AAAAC3NzaC1lZDI1NTE5AAAAIOMqqnkV"),
        absl::StrCat("@unknown a.example ", kKeyA)}) {
    const auto keys = HostKeys::Parse("# first\n" + line);

    EXPECT_THAT(keys, HasCode(absl::StatusCode::kInvalidArgument)) << line;
    EXPECT_THAT(std::string(keys.status().message()), HasSubstr("line 2"));
  }
}

TEST(HostKeysTest, MissingFileIsNotFound) {
  const TempDir dir;

  EXPECT_THAT(HostKeys::Load(dir / "none"), HasCode(absl::StatusCode::kNotFound));
  EXPECT_OK(HostKeys::Load(""));
}

TEST(HostKeysTest, UnknownHostMayShowAnyKeyThatIsExpected) {
  const HostKeys keys;
  HostKeyDemand demand;
  demand.host = "a.example";
  EXPECT_OK(CheckHostKey(keys, demand, *ParseHostKey(kKeyA)));
  demand.expected_fingerprint = kPrintB;

  const absl::Status status = CheckHostKey(keys, demand, *ParseHostKey(kKeyA));

  EXPECT_THAT(status, StatusIs(absl::StatusCode::kFailedPrecondition,
                               reason::kHostKeyMismatch));
  EXPECT_EQ(MetadataOf(status, "expected_fingerprint"), kPrintB);
  EXPECT_EQ(MetadataOf(status, "fingerprint"), kPrintA);
}

TEST(HostKeysTest, PinnedKeyReplacesThePublishedOnes) {
  HostKeyDemand demand;
  demand.host = "github.com";
  demand.pinned = kKeyB;

  EXPECT_OK(CheckHostKey(HostKeys(), demand, *ParseHostKey(kKeyB)));
  EXPECT_EQ(ReasonOf(CheckHostKey(HostKeys(), demand, *ParseHostKey(kKeyA))),
            reason::kHostKeyMismatch);
}

TEST(HostKeysTest, ExpectedKeyIsAskedForFirst) {
  HostKeyDemand demand;
  demand.host = "github.com";
  demand.expected_fingerprint = "SHA256:uNiVztksCsDhcc0u9e8BujQXVUpKZIDTMczCvj3tD2s";

  ASSERT_OK_AND_ASSIGN(const auto keys, DemandedKeys(HostKeys(), demand));

  ASSERT_EQ(keys.size(), 3u);
  EXPECT_EQ(keys[0].type, "ssh-rsa");
}

}  // namespace
}  // namespace gitsync
