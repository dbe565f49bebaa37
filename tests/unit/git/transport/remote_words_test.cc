#include "server/git/transport/remote_words.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "absl/strings/str_cat.h"
#include "server/base/printable.h"
#include "server/base/reason.h"
#include "server/base/utf8.h"
#include "tests/support/status_matchers.h"
#include "tests/support/test_names.h"

namespace gitsync {
namespace {

using testing::HasSubstr;

TEST(PrintableLineTest, NothingCanFakeALineOrATerminalSequence) {
  EXPECT_EQ(PrintableLine("a\r\n{\"level\":\"error\"}\n"), "a | {\"level\":\"error\"}");
  EXPECT_EQ(PrintableLine("a\x1b[31mb\x07\x7f\tc"), "a?[31mb?? c");
  // C1 controls, and right-to-left override.
  EXPECT_EQ(PrintableLine("a\xc2\x9b"
                          "31mb\xe2\x80\xaeX"),
            "a?31mb?X");
  EXPECT_EQ(PrintableLine("a\xe2\x80\xa8"
                          "b"),
            "a?b");
  EXPECT_EQ(PrintableLine(absl::string_view("a\0b", 3)), "a?b");
}

TEST(PrintableLineTest, TextIsKeptAndInvalidBytesAreReplaced) {
  EXPECT_EQ(PrintableLine("Zugriff verweigert für \xe2\x82\xac \xf0\x9f\x99\x82"),
            "Zugriff verweigert für \xe2\x82\xac \xf0\x9f\x99\x82");
  for (const char* text : {"a\xff\xc3", "\xc0\xaf\xed\xa0\x80",
                           "Gr\xfc\xdf"
                           "e",
                           "\xe2\x82", "a\xf0\x9f\x99 b"}) {
    EXPECT_EQ(PrintableLine(text), ReplaceInvalidUtf8(text));
    EXPECT_TRUE(IsUtf8(PrintableLine(text)));
  }
  EXPECT_EQ(PrintableLine("a\xff\xc3"), "a\ufffd\ufffd");
}

TEST(PrintableLineTest, LongTextKeepsItsEnd) {
  const std::string text = std::string(5000, 'x') + "\xc3\xbc the end";

  const std::string words = PrintableLine(text);

  EXPECT_LE(words.size(), 2048u);
  EXPECT_THAT(words, testing::EndsWith("\xc3\xbc the end"));
  EXPECT_THAT(words, testing::StartsWith("..."));
}

TEST(RemoteWordsTest, MemoryIsBounded) {
  RemoteWords words;

  for (int i = 0; i < 1000; ++i) words.Append(std::string(1000, 'x'));
  words.Append("\nfatal: the end\n");

  EXPECT_THAT(words.Printable(), HasSubstr("fatal: the end"));
}

struct Case {
  GitService service;
  int exit_code;
  const char* words;
  absl::StatusCode code;
  absl::string_view reason;
  bool git_spoke = false;
};

class RemoteCommandErrorTest : public testing::TestWithParam<Case> {};

TEST_P(RemoteCommandErrorTest, WordsAreUnderstood) {
  const Case& c = GetParam();

  const absl::Status status =
      RemoteCommandError(c.service, c.exit_code, c.words, c.git_spoke);

  EXPECT_THAT(status, StatusIs(c.code, c.reason));
  EXPECT_THAT(std::string(status.message()), HasSubstr(c.words));
}

constexpr auto kRead = GitService::kUploadPack;
constexpr auto kWrite = GitService::kReceivePack;
constexpr auto kNotFound = absl::StatusCode::kNotFound;
constexpr auto kDenied = absl::StatusCode::kPermissionDenied;
constexpr auto kUnauthenticated = absl::StatusCode::kUnauthenticated;
constexpr auto kPrecondition = absl::StatusCode::kFailedPrecondition;
constexpr auto kUnavailable = absl::StatusCode::kUnavailable;

INSTANTIATE_TEST_SUITE_P(
    All, RemoteCommandErrorTest,
    testing::Values(
        // GitHub
        Case{kRead, 1, "ERROR: Repository not found.", kNotFound,
             reason::kRemoteRepositoryNotFound},
        Case{kWrite, 1, "ERROR: Repository not found.", kNotFound,
             reason::kRemoteRepositoryNotFound},
        Case{kWrite, 1,
             "ERROR: The key you are authenticating with has been marked as read only.",
             kDenied, reason::kRemoteReadOnly},
        Case{kWrite, 1, "ERROR: Permission to o/r.git denied to deploy key", kDenied,
             reason::kRemoteReadOnly},
        Case{kWrite, 1, "ERROR: Write access to repository not granted.", kDenied,
             reason::kRemoteReadOnly},
        Case{kWrite, 1, "ERROR: This repository was archived so it is read-only.",
             kDenied, reason::kRemoteReadOnly},
        // GitLab
        Case{kRead, 1,
             "ERROR: The project you were looking for could not be found or you don't "
             "have permission to view it.",
             kNotFound, reason::kRemoteRepositoryNotFound},
        Case{kWrite, 1,
             "ERROR: This deploy key does not have write access to this project.",
             kDenied, reason::kRemoteReadOnly},
        Case{kWrite, 1, "ERROR: You are not allowed to push code to this project.",
             kDenied, reason::kRemoteReadOnly},
        // Gitea
        Case{kRead, 1, "Gitea: Repository does not exist", kNotFound,
             reason::kRemoteRepositoryNotFound},
        Case{kWrite, 1,
             "Gitea: Key: 1:deploy is not authorized to write to o/r. "
             "Deploy Key is read-only",
             kDenied, reason::kRemoteReadOnly},
        Case{kRead, 1, "Gitea: Unauthorized", kUnauthenticated,
             reason::kRemoteAuthFailed},
        // Bitbucket
        Case{kRead, 1,
             "repository access denied. access via a deployment key is read-only.",
             kUnauthenticated, reason::kRemoteAuthFailed},
        Case{kWrite, 1,
             "repository access denied. access via a deployment key is read-only.",
             kDenied, reason::kRemoteReadOnly},
        Case{kRead, 1, "conq: repository does not exist.", kNotFound,
             reason::kRemoteRepositoryNotFound},
        // git
        Case{kRead, 128, "fatal: '/x' does not appear to be a git repository",
             kNotFound, reason::kRemoteRepositoryNotFound},
        Case{kWrite, 128, "fatal: unable to write: Permission denied", kDenied,
             reason::kRemoteReadOnly},
        Case{kRead, 127, "bash: git-upload-pack: command not found", kPrecondition,
             reason::kRemoteCommandFailed},
        Case{kWrite, 127, "sh: 1: git-receive-pack: not found", kPrecondition,
             reason::kRemoteCommandFailed},
        Case{kRead, 1, "zsh:1: command not found: git-upload-pack", kPrecondition,
             reason::kRemoteCommandFailed},
        Case{kRead, 128, "fatal: out of memory", kUnavailable,
             reason::kRemoteCommandFailed},
        Case{kWrite, 1, "Kein Schreibrecht.", kNotFound,
             reason::kRemoteRepositoryNotFound},
        Case{kWrite, 1, "Der Haken sagt nein.", kUnavailable,
             reason::kRemoteCommandFailed, /*git_spoke=*/true},
        Case{kRead, -1, "Killed", kUnavailable, reason::kRemoteCommandFailed},
        Case{kRead, 1, "Internal API unreachable", kUnavailable,
             reason::kRemoteCommandFailed},
        Case{kRead, 1, "Down for maintenance", kUnavailable,
             reason::kRemoteCommandFailed},
        Case{kRead, 1, "GitLab: API is not accessible", kUnavailable,
             reason::kRemoteCommandFailed},
        Case{kRead, 1, "read: Input/output error", kUnavailable,
             reason::kRemoteCommandFailed},
        Case{kRead, 137, "Getötet", kUnavailable, reason::kRemoteCommandFailed},
        Case{kRead, -1, "", kUnavailable, reason::kRemoteCommandFailed},
        // soft-serve
        Case{kRead, 1, "Error: invalid repo", kNotFound,
             reason::kRemoteRepositoryNotFound},
        Case{kRead, 1, "Error: you are not authorized to do this", kUnauthenticated,
             reason::kRemoteAuthFailed},
        Case{kWrite, 1, "Error: you are not authorized to do this", kDenied,
             reason::kRemoteReadOnly},
        Case{kRead, 1, "Error: something went wrong", kUnavailable,
             reason::kRemoteCommandFailed},
        // Azure DevOps, Gerrit, gitolite and others
        Case{kWrite, 1,
             "remote: TF401027: You need the Git GenericContribute permission", kDenied,
             reason::kRemoteReadOnly},
        Case{kWrite, 1, "Access denied: DeployKey does not support push code", kDenied,
             reason::kRemoteReadOnly},
        Case{kWrite, 1, "[FATAL] Cannot push with deployment key: 7", kDenied,
             reason::kRemoteReadOnly},
        Case{kWrite, 1, "FATAL: W any repo user DENIED by fallthru", kDenied,
             reason::kRemoteReadOnly}),
    [](const auto& test) {
      const char* const service =
          test.param.service == GitService::kUploadPack ? "Read" : "Write";
      return absl::StrCat(service, TestNameOf(test.param.words, test.index));
    });

TEST(HideSecretTest, IsNowhereInWhatIsLeft) {
  const Secret secret("hunter2!");
  EXPECT_EQ(HideSecret(secret, "a hunter2! b hunter2!"), "a *** b ***");
  EXPECT_EQ(HideSecret(secret, "nothing"), "nothing");
  EXPECT_EQ(HideSecret(secret, ""), "");
  EXPECT_EQ(HideSecret(Secret(), "nothing"), "nothing");
}

// As where words are cut to a length.
TEST(HideSecretTest, BeginningAtTheEndIsHidden) {
  const Secret secret("hunter2!");
  EXPECT_EQ(HideSecret(secret, "and hunter2"), "and ***");
  EXPECT_EQ(HideSecret(secret, "and hunt"), "and ***");
  EXPECT_EQ(HideSecret(secret, "a hun"), "a hun");
  EXPECT_EQ(HideSecret(secret, "hunter"), "***");
}

}  // namespace
}  // namespace gitsync
