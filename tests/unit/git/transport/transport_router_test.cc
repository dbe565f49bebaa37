#include "server/git/transport/transport_router.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "server/base/reason.h"
#include "server/http_client/http_client.h"
#include "tests/support/status_matchers.h"
#include "tests/support/test_ca.h"
#include "tests/support/test_remote.h"
#include "tests/support/test_sshd.h"
#include "tests/support/test_tls_server.h"
#include "tests/unit/git/transport/conversation.h"

namespace gitsync {
namespace {

using testing::HasSubstr;

// With what it needs for https.
class Router : public TransportRouter {
 public:
  explicit Router(const TransportOptions& options = {})
      : Router(options, std::make_unique<HttpClient>(Http(options))) {}

 private:
  Router(const TransportOptions& options, std::unique_ptr<HttpClient> http)
      : TransportRouter(options, http.get(), &logins_), http_(std::move(http)) {}

  static HttpOptions Http(const TransportOptions& options) {
    HttpOptions http;
    http.allow_private = options.allow_private;
    http.proxy = {};
    return http;
  }

  StaticLogins logins_;
  std::unique_ptr<HttpClient> http_;
};

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
  Router router(options);

  ASSERT_OK_AND_ASSIGN(auto stream, OpenUrl(router, repository.FileUrl()));
  ASSERT_OK_AND_ASSIGN(const std::string text, ReadAdvertisement(*stream));

  EXPECT_THAT(text, HasSubstr(commit));
}

TEST(TransportRouterTest, FileIsRefusedUnlessAllowed) {
  TestRemote repository;
  Router router;

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
  Router router(options);
  Remote remote;
  remote.url = *ParseGitUrl(sshd.Url(repository.path()), false);
  SshCredentials credentials;
  credentials.private_key = Secret(key.private_key);
  remote.credentials = credentials;

  EXPECT_OK(router.Open(remote, GitService::kUploadPack, Context()));
}

TEST(TransportRouterTest, SshWithoutAKeyIsUnauthenticated) {
  Router router;

  EXPECT_THAT(OpenUrl(router, "git@example.com:a.git"),
              StatusIs(absl::StatusCode::kUnauthenticated, reason::kRemoteAuthFailed));
}

TEST(TransportRouterTest, HttpsWithoutATokenIsUnauthenticated) {
  Router router;

  EXPECT_THAT(OpenUrl(router, "https://example.com/a.git"),
              StatusIs(absl::StatusCode::kUnauthenticated, reason::kRemoteAuthFailed));
}

TEST(TransportRouterTest, HttpsGoesToHttps) {
  TestTlsServer server({TestCa().Issue(), 0}, [](TestConnection&) {});
  TransportOptions options;
  options.allow_private = true;
  Router router(options);
  Remote remote;
  remote.url =
      *ParseGitUrl(absl::StrCat("https://127.0.0.1:", server.port(), "/a.git"), false);
  remote.credentials = HttpsCredentials{"user", Secret("token"), ""};
  ASSERT_OK_AND_ASSIGN(auto stream,
                       router.Open(remote, GitService::kUploadPack, Context()));

  EXPECT_THAT(
      ReadAdvertisement(*stream),
      StatusIs(absl::StatusCode::kFailedPrecondition, reason::kRemoteTlsFailed));
}

}  // namespace
}  // namespace gitsync
