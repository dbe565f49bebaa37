// Hosts that say in words of their own that they don't run git for a login, over SSH.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "server/base/error.h"
#include "server/base/reason.h"
#include "server/git/probe.h"
#include "server/git/transport/ssh_transport.h"
#include "tests/support/status_matchers.h"
#include "tests/support/test_remote.h"
#include "tests/support/test_sshd.h"

namespace gitsync {
namespace {

using testing::AllOf;
using testing::Contains;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;

struct HostWords {
  const char* name;
  // What runs in place of the command, a line or more of sh. $command is the command.
  const char* script;
  // What is to be told of it.
  const char* told;
  absl::string_view reason = "";
};

std::ostream& operator<<(std::ostream& out, const HostWords& host) {
  return out << host.name;
}

class HostWordsTest : public testing::Test {
 protected:
  void SetUp() override { repository_.CommitFromElsewhere("a.txt", "1", "first"); }

  // A host that runs `read` for upload-pack, and `write` for receive-pack.
  absl::StatusOr<ProbeResult> Probe(const std::string& read, const std::string& write) {
    const std::string script = dir_ / "host";
    WriteTestFile(
        script,
        absl::StrCat("#!/bin/sh\ncommand=$SSH_ORIGINAL_COMMAND\n"
                     "case $command in\ngit-upload-pack*)\n",
                     read, "\n;;\ngit-receive-pack*)\n", write, "\n;;\nesac\n"),
        /*executable=*/true);
    const TestSshKey key = TestSshKey::Generate("ed25519");
    sshd_.Authorize(absl::StrCat("restrict,command=\"", script, "\" ", key.public_key));
    SshCredentials credentials;
    credentials.key_id = "1";
    credentials.private_key = Secret(key.private_key);
    Remote remote;
    remote.url = *ParseGitUrl(sshd_.Url(repository_.path()), /*allow_file=*/false);
    remote.credentials = credentials;
    TransportOptions options;
    options.allow_private = true;
    options.stall_limit = absl::Seconds(10);
    SshTransport transport(options);
    return ProbeRemote(
        &transport, remote, "master", "gitsync-test",
        [this](ProbeStep step, absl::string_view) { steps_.push_back(step); },
        Context());
  }

  const TempDir dir_;
  TestSshd sshd_;
  TestRemote repository_;
  std::vector<ProbeStep> steps_;
};

constexpr char kRun[] = "eval \"$command\"";

class WriteRefusalTest : public HostWordsTest,
                         public testing::WithParamInterface<HostWords> {};

TEST_P(WriteRefusalTest, IsReadOnlyWhateverItsWords) {
  const auto probe = Probe(kRun, GetParam().script);

  ASSERT_OK(probe);
  EXPECT_FALSE(probe->can_write);
  EXPECT_THAT(probe->write_refusal, HasSubstr(GetParam().told));
  EXPECT_THAT(steps_,
              AllOf(Contains(ProbeStep::kBranch), Not(Contains(ProbeStep::kWrite))));
}

INSTANTIATE_TEST_SUITE_P(
    Hosts, WriteRefusalTest,
    testing::Values(
        HostWords{
            "AzureDevOps",
            "echo 'remote: TF401027: You need the Git GenericContribute permission "
            "to perform this action.' >&2; exit 1",
            "TF401027: You need the Git GenericContribute"},
        HostWords{
            "Codebase",
            "echo 'Access denied: DeployKey does not support push code' >&2; exit 1",
            "DeployKey does not support push code"},
        HostWords{"Gitee",
                  "echo '[FATAL] Cannot push with deployment key: 7' >&2; exit 1",
                  "Cannot push with deployment key: 7"},
        HostWords{"Gitea",
                  "printf 'Gitea: Unauthorized\\nDeploy Key: 1:x is not authorized to "
                  "write to a/b.\\n' >&2; exit 1",
                  "not authorized to write to a/b."},
        HostWords{"Plain",
                  "echo 'You are not permitted to push to this repository' >&2; exit 1",
                  "You are not permitted to push"},
        HostWords{
            "Gitolite",
            "printf 'FATAL: W any a/b key DENIED by fallthru\\n(or you mis-spelled "
            "the reponame)\\n' >&2; exit 1",
            "DENIED by fallthru"},
        HostWords{"OtherLanguage", "echo 'Kein Schreibrecht.' >&2; exit 3",
                  "Kein Schreibrecht."},
        HostWords{"NoWords", "exit 1", "with status 1"},
        HostWords{"OnStandardOutput", "echo 'Read access only'; exit 1",
                  "Read access only"},
        HostWords{"OnStandardOutputWithSuccess", "echo 'Read access only'; exit 0",
                  "Read access only"},
        HostWords{"InASilentSuccess", "exit 0", "ended the conversation"},
        HostWords{"NoSuchCommand",
                  "echo 'sh: git-receive-pack: not found' >&2; exit 127",
                  "git-receive-pack: not found"},
        HostWords{"EndedByASignal", "echo 'Nicht hier' >&2; kill -9 $$", "Nicht hier"},
        HostWords{"ErrLine", "printf '0018ERR only for reading'", "only for reading"},
        HostWords{"UploadPackInstead", "eval \"git-upload-pack ${command#* }\"",
                  "as one that is only read"},
        HostWords{
            "NoReportStatus",
            "printf '0053%040d capabilities^{}\\0delete-refs ofs-delta\\n0000' 0; "
            "cat >/dev/null",
            "does not report whether a push worked"}),
    [](const auto& host) { return std::string(host.param.name); });

class NotGitTest : public HostWordsTest,
                   public testing::WithParamInterface<HostWords> {};

TEST_P(NotGitTest, IsToldAfterTheLogin) {
  const auto probe = Probe(GetParam().script, kRun);

  EXPECT_EQ(ReasonOf(probe.status()), GetParam().reason) << probe.status();
  EXPECT_THAT(std::string(probe.status().message()), HasSubstr(GetParam().told));
  EXPECT_THAT(steps_, ElementsAre(ProbeStep::kConnect, ProbeStep::kHostKey,
                                  ProbeStep::kAuthenticate));
}

INSTANTIATE_TEST_SUITE_P(
    Hosts, NotGitTest,
    testing::Values(
        HostWords{"Nologin", "echo 'This account is currently not available.'; exit 1",
                  "This account is currently not available.",
                  reason::kRemoteProtocolError},
        HostWords{"NoSuchCommand",
                  "echo 'bash: git-upload-pack: command not found' >&2; exit 127",
                  "bash: git-upload-pack: command not found",
                  reason::kRemoteCommandFailed},
        HostWords{"Shell", "echo 'Wrong argument. Usage: shell' >&2; exit 2",
                  "Wrong argument. Usage: shell", reason::kRemoteRepositoryNotFound},
        HostWords{"GreetingBeforeGit", "echo 'Welcome to build-7!'; eval \"$command\"",
                  "Welcome to build-7!", reason::kRemoteProtocolError},
        HostWords{"GreetingInPieces",
                  "echo '####'; sleep 0.2; echo 'Maintenance till noon'; exit 0",
                  "#### | Maintenance till noon", reason::kRemoteProtocolError},
        HostWords{"LooksLikeALength", "echo 'dead end'; exit 1", "dead end",
                  reason::kRemoteProtocolError},
        HostWords{"Short", "echo 'No'; exit 1", "No", reason::kRemoteProtocolError},
        HostWords{"OnBothOutputs", "echo 'Out'; echo 'Err' >&2; exit 1", "Out | Err",
                  reason::kRemoteProtocolError},
        HostWords{"WaitsForMore", "echo 'Your choice?'; cat >/dev/null; exit 1",
                  "Your choice?", reason::kRemoteProtocolError},
        HostWords{"WithoutEnd", "yes 'Try again'", "Try again | Try again",
                  reason::kRemoteProtocolError},
        HostWords{"EscapeSequences", "printf 'a\\033[31mred\\007\\n'; exit 1", "ared",
                  reason::kRemoteProtocolError},
        HostWords{"AnotherEncoding",
                  "printf 'Zugriff f\\374r Sie verweigert\\n'; exit 1",
                  "Zugriff f\ufffdr Sie verweigert", reason::kRemoteProtocolError},
        HostWords{"ErrorsWithSuccess", "echo 'No shell access' >&2; exit 0",
                  "No shell access", reason::kRemoteProtocolError}),
    [](const auto& host) { return std::string(host.param.name); });

// The remote broke off before it had said whether it may be written to.
TEST_F(HostWordsTest, BrokenConnectionIsNoRefusal) {
  const auto probe = Probe(kRun, "kill -9 $PPID; sleep 5");

  EXPECT_THAT(probe,
              StatusIs(absl::StatusCode::kUnavailable, reason::kRemoteUnreachable));
}

TEST_F(HostWordsTest, HostThatLetsWriteCanBeWrittenTo) {
  const auto probe = Probe(kRun, kRun);

  ASSERT_OK(probe);
  EXPECT_TRUE(probe->can_write);
  EXPECT_THAT(probe->write_refusal, IsEmpty());
  EXPECT_THAT(steps_, Contains(ProbeStep::kWrite));
  EXPECT_EQ(sshd_.Logins(), 1);
}

}  // namespace
}  // namespace gitsync
