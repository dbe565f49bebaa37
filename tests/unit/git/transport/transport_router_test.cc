#include "server/git/transport/transport_router.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "server/base/reason.h"
#include "tests/support/status_matchers.h"
#include "tests/support/test_remote.h"
#include "tests/support/test_sshd.h"
#include "tests/unit/git/transport/conversation.h"

namespace gitsync {
namespace {

using testing::HasSubstr;

absl::StatusOr<std::unique_ptr<GitStream>> OpenUrl(GitTransport& transport,
                                                   const std::string& url) {
  Remote remote;
  remote.url = *ParseGitUrl(url, true);
  return transport.Open(remote, GitService::kUploadPack, Context());
}

TEST(TransportRouterTest, FileGoesToLocalGit) {
  TestRemote repository;
  const std::string commit = repository.CommitFromElsewhere("a", "1", "first");
  TransportOptions options;
  options.allow_file = true;
  TransportRouter router(options);

  ASSERT_OK_AND_ASSIGN(auto stream, OpenUrl(router, repository.FileUrl()));
  ASSERT_OK_AND_ASSIGN(const std::string text, ReadAdvertisement(*stream));

  EXPECT_THAT(text, HasSubstr(commit));
}

TEST(TransportRouterTest, FileIsRefusedUnlessAllowed) {
  TestRemote repository;
  TransportRouter router{TransportOptions()};

  EXPECT_THAT(OpenUrl(router, repository.FileUrl()),
              StatusIs(absl::StatusCode::kInvalidArgument, reason::kInvalidGitUrl));
}

TEST(TransportRouterTest, SshGoesToSsh) {
  TestRemote repository;
  TestSshd sshd;
  const TestSshKey key = TestSshKey::Generate("ed25519");
  sshd.Authorize(key.public_key);
  TransportOptions options;
  options.allow_private = true;
  TransportRouter router(options);
  Remote remote;
  remote.url = *ParseGitUrl(sshd.Url(repository.path()), false);
  SshCredentials credentials;
  credentials.private_key = Secret(key.private_key);
  remote.credentials = credentials;

  EXPECT_OK(router.Open(remote, GitService::kUploadPack, Context()));
}

TEST(TransportRouterTest, SshWithoutAKeyIsUnauthenticated) {
  TransportRouter router{TransportOptions()};

  EXPECT_THAT(OpenUrl(router, "git@example.com:a.git"),
              StatusIs(absl::StatusCode::kUnauthenticated, reason::kRemoteAuthFailed));
}

TEST(TransportRouterTest, HttpsIsUnsupportedAndSaysWhatWorks) {
  TransportRouter router{TransportOptions()};

  const auto stream = OpenUrl(router, "https://example.com/a.git");

  EXPECT_THAT(stream, StatusIs(absl::StatusCode::kUnimplemented, reason::kUnsupported));
  EXPECT_THAT(std::string(stream.status().message()), HasSubstr("SSH"));
}

}  // namespace
}  // namespace gitsync
