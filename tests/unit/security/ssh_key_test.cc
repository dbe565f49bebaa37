// OpenSSH's own ssh-keygen is the judge of what we make.

#include "server/security/ssh_key.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <string>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "tests/support/status_matchers.h"

namespace gitsync {
namespace {

using ::testing::HasSubstr;
using ::testing::StartsWith;

std::string Shell(const std::string& command) {
  std::string output;
  FILE* pipe = popen((command + " 2>&1").c_str(), "r");
  char buffer[4096];
  while (fgets(buffer, sizeof buffer, pipe) != nullptr) output += buffer;
  pclose(pipe);
  if (!output.empty() && output.back() == '\n') output.pop_back();
  return output;
}

// One test, because making an RSA key takes seconds.
class SshKeyTest : public ::testing::TestWithParam<SshKeyType> {
 protected:
  SshKeyTest() {
    std::string folder = std::filesystem::temp_directory_path() / "gitsync-XXXXXX";
    folder_ = mkdtemp(folder.data());
    file_ = folder_ / "key";
  }
  ~SshKeyTest() override { std::filesystem::remove_all(folder_); }

  void WriteFile(absl::string_view text) {
    std::ofstream(file_) << text;
    chmod(file_.c_str(), 0600);
  }

  std::filesystem::path folder_;
  std::string file_;
};

TEST_P(SshKeyTest, SshKeygenReadsBothHalvesAndSigns) {
  ASSERT_OK_AND_ASSIGN(const SshKeyPair pair,
                       GenerateSshKey(GetParam(), "gitsync organization acme"));
  ASSERT_OK_AND_ASSIGN(const std::string fingerprint, SshFingerprint(pair.public_key));

  WriteFile(pair.private_key.Reveal());
  EXPECT_EQ(Shell("ssh-keygen -y -f " + file_), pair.public_key);
  // -l of a private key reads the public half in it; -y derives it, so both agree.
  EXPECT_THAT(Shell("ssh-keygen -l -f " + file_), HasSubstr(fingerprint));
  WriteFile(pair.public_key);
  EXPECT_EQ(
      Shell("ssh-keygen -l -f " + file_),
      GetParam() == SshKeyType::kEd25519
          ? absl::StrCat("256 ", fingerprint, " gitsync organization acme (ED25519)")
          : absl::StrCat("4096 ", fingerprint, " gitsync organization acme (RSA)"));

  WriteFile(pair.private_key.Reveal());
  std::ofstream(folder_ / "allowed") << "me " << pair.public_key << "\n";
  std::ofstream(folder_ / "message") << "hello";

  Shell(absl::StrCat("ssh-keygen -Y sign -n test -f ", file_, " ",
                     (folder_ / "message").string()));
  EXPECT_THAT(Shell(absl::StrCat("cd ", folder_.string(),
                                 " && ssh-keygen -Y verify -f allowed -I me -n test -s "
                                 "message.sig < message")),
              StartsWith("Good \"test\" signature for me"));
}

INSTANTIATE_TEST_SUITE_P(Types, SshKeyTest,
                         ::testing::Values(SshKeyType::kEd25519, SshKeyType::kRsa4096),
                         [](const auto& instance) {
                           return instance.param == SshKeyType::kEd25519 ? "Ed25519"
                                                                         : "Rsa4096";
                         });

TEST(GenerateSshKeyTest, CommentCannotBreakTheLine) {
  ASSERT_OK_AND_ASSIGN(
      const SshKeyPair pair,
      GenerateSshKey(SshKeyType::kEd25519, " a\nssh-rsa b\xff\x7f\tc\" "));
  EXPECT_TRUE(absl::EndsWith(pair.public_key, " a_ssh-rsa b___c\"")) << pair.public_key;
}

TEST(GenerateSshKeyTest, NoCommentLeavesNoSpace) {
  ASSERT_OK_AND_ASSIGN(const SshKeyPair pair, GenerateSshKey(SshKeyType::kEd25519, ""));
  EXPECT_THAT(pair.public_key, ::testing::MatchesRegex("ssh-ed25519 [A-Za-z0-9+/]+=*"));
}

TEST(GenerateSshKeyTest, KeysDiffer) {
  EXPECT_NE(GenerateSshKey(SshKeyType::kEd25519, "")->public_key,
            GenerateSshKey(SshKeyType::kEd25519, "")->public_key);
}

TEST(SshFingerprintTest, IsTheOneThatHostsPublish) {
  // GitHub publishes both the key and the fingerprint.
  EXPECT_EQ(*SshFingerprint("ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIOMqqnkVzrm0SdG6UOoqK"
                            "LsabgH5C9okWi0dh2l9GKJl"),
            "SHA256:+DiY3wvvV6TuJJhbpZisF/zLDA0zPMSvHdkr4UvCOqU");
}

TEST(SshFingerprintTest, RefusesOtherText) {
  for (const char* text : {"", "ssh-ed25519", "ssh-ed25519 !!", "ssh-rsa AAAA",
                           "ssh-rsa AAAAC3NzaC1lZDI1NTE5AAAAIOMq"}) {
    EXPECT_THAT(SshFingerprint(text), HasCode(absl::StatusCode::kInvalidArgument))
        << text;
  }
}

}  // namespace
}  // namespace gitsync
