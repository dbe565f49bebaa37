#ifndef GITSYNC_TESTS_UNIT_GIT_TRANSPORT_HTTPS_FIXTURE_H_
#define GITSYNC_TESTS_UNIT_GIT_TRANSPORT_HTTPS_FIXTURE_H_

#include <string>

#include "absl/strings/str_cat.h"
#include "server/base/status_macros.h"
#include "server/git/transport/https_transport.h"
#include "tests/support/test_ca.h"
#include "tests/support/test_nginx.h"
#include "tests/support/test_remote.h"
#include "tests/unit/git/transport/conversation.h"

namespace gitsync {

inline HttpOptions OwnMachine() {
  HttpOptions options;
  options.allow_private = true;
  options.proxy = {};
  return options;
}

// The CA of a test program.
inline const TestCa& OurCa() {
  static const auto* const ca = new TestCa();
  return *ca;
}

// The remote of a URL, with a login.
inline Remote HttpsRemote(const std::string& url, const std::string& token = "token") {
  Remote remote;
  remote.url = *ParseGitUrl(url, false);
  remote.credentials = HttpsCredentials{"user", Secret(token), OurCa().certificate()};
  return remote;
}

// A transport that logs in with what remotes have.
class TestHttps : public HttpsTransport {
 public:
  explicit TestHttps(const HttpOptions& options = OwnMachine())
      : TestHttps(std::make_unique<HttpClient>(options)) {}

 private:
  explicit TestHttps(std::unique_ptr<HttpClient> http)
      : HttpsTransport(http.get(), &logins_), http_(std::move(http)) {}

  StaticLogins logins_;
  std::unique_ptr<HttpClient> http_;
};

// A repository with a commit, served by nginx.
struct HttpsHost {
  explicit HttpsHost(TestNginxOptions options = {})
      : nginx(WithCertificate(std::move(options))) {
    commit = repository.CommitFromElsewhere("a.txt", "1", "first");
    nginx.Serve("team/a.git", repository.path());
  }

  static TestNginxOptions WithCertificate(TestNginxOptions options) {
    options.certificate = OurCa().Issue();
    return options;
  }

  Remote At(const std::string& name = "team/a.git") const {
    return HttpsRemote(nginx.Url(name));
  }

  TestRemote repository;
  std::string commit;
  TestNginx nginx;
};

// The advertisement, after which the conversation is declined.
inline absl::StatusOr<std::string> Advertised(
    GitTransport& transport, const Remote& remote,
    GitService service = GitService::kUploadPack, const Context& context = Context()) {
  ASSIGN_OR_RETURN(auto stream, transport.Open(remote, service, context));
  ASSIGN_OR_RETURN(const std::string text, ReadAdvertisement(*stream));
  RETURN_IF_ERROR(stream->Write("0000"));
  RETURN_IF_ERROR(stream->Finish());
  return text;
}

}  // namespace gitsync

#endif  // GITSYNC_TESTS_UNIT_GIT_TRANSPORT_HTTPS_FIXTURE_H_
