#ifndef GITSYNC_TESTS_SUPPORT_TEST_NGINX_H_
#define GITSYNC_TESTS_SUPPORT_TEST_NGINX_H_

#include <sys/types.h>

#include <string>

#include "tests/support/temp_dir.h"
#include "tests/support/test_ca.h"

namespace gitsync {

struct TestNginxOptions {
  TestCertificate certificate;
  // Who may log in, unless `auth_url` is asked; and "reader" with the same password,
  // who may not write.
  std::string user = "user";
  std::string password = "token";
  // Answers 200, 401 or 403 to each request's Authorization and X-Original-URI: nginx's
  // auth_request. Plain HTTP.
  std::string auth_url = {};
  // Largest body of a request; 0: any.
  size_t max_body_bytes = 0;
  // Whether a body is taken in before git gets any of it.
  bool buffer_requests = true;
};

// nginx in front of `git http-backend`, as git servers are set up, on free ports of
// 127.0.0.1, for the current user, with everything it has in a temporary folder.
// Failures to start fail the test.
class TestNginx {
 public:
  explicit TestNginx(TestNginxOptions options);
  ~TestNginx();
  TestNginx(const TestNginx&) = delete;
  TestNginx& operator=(const TestNginx&) = delete;

  // Serves a repository's folder as `name`, "owner/repository.git". Its hooks run; who
  // may read it may write it, unless its http.receivepack is false. Repeating is
  // harmless.
  void Serve(const std::string& name, const std::string& folder);

  // Has each request answered by a shell script from now on, a CGI program in which
  // "$git" is git's own; empty: by that alone.
  void SetBackend(const std::string& script);

  // https:// URL of a name, where HTTP/2 is not offered, and where it is.
  std::string Url(const std::string& name) const { return UrlAt(port_, name); }
  std::string Http2Url(const std::string& name) const {
    return UrlAt(http2_port_, name);
  }
  int port() const { return port_; }

  // One line for each request that was answered so far: the connection's number, the
  // protocol, method, URI, status, Transfer-Encoding.
  std::string Log() const;
  // How many connections were used so far.
  int Connections() const;
  // Standard error of all, the git commands' among it.
  std::string Errors() const;

  // Ends and starts the server, on the same ports.
  void Stop();
  void Start();
  // Lets it answer nothing, and go on.
  void Halt();
  void Continue();

 private:
  std::string UrlAt(int port, const std::string& name) const;
  void WriteConfig();
  bool TryStart();

  TempDir dir_;
  const TestNginxOptions options_;
  int port_ = 0;
  int http2_port_ = 0;
  pid_t nginx_ = -1;
  pid_t fcgiwrap_ = -1;
};

}  // namespace gitsync

#endif  // GITSYNC_TESTS_SUPPORT_TEST_NGINX_H_
