#ifndef GITSYNC_TESTS_SUPPORT_TEST_NGINX_H_
#define GITSYNC_TESTS_SUPPORT_TEST_NGINX_H_

#include <sys/types.h>

#include <string>

#include "tests/support/temp_dir.h"
#include "tests/support/test_ca.h"

namespace gitsync {

struct TestNginxOptions {
  TestCertificate certificate;
  // The user who may log in, unless `auth_url` decides. The user "reader" with the same
  // password may log in but not write.
  std::string user = "user";
  std::string password = "token";
  // The URL that answers 200, 401 or 403 to each request's Authorization and
  // X-Original-URI: nginx's auth_request. Plain HTTP.
  std::string auth_url = {};
  // The largest body of a request; 0: no limit.
  size_t max_body_bytes = 0;
  // Whether a body is read completely before git gets any of it.
  bool buffer_requests = true;
};

// nginx in front of `git http-backend`, as git servers are set up. It runs on free
// ports of 127.0.0.1 as the current user, with all its files in a temporary folder. If
// it fails to start, the test fails.
class TestNginx {
 public:
  explicit TestNginx(TestNginxOptions options);
  ~TestNginx();
  TestNginx(const TestNginx&) = delete;
  TestNginx& operator=(const TestNginx&) = delete;

  // Serves a repository's folder as `name`, "owner/repository.git". Its hooks run.
  // Whoever may read it may also write it, unless its http.receivepack is false. May be
  // called repeatedly.
  void Serve(const std::string& name, const std::string& folder);

  // From now on, a shell script answers each request. It is a CGI program in which
  // "$git" is git's own program. If `script` is empty, git's own program answers.
  void SetBackend(const std::string& script);

  // https:// URL of a name, without and with HTTP/2 offered.
  std::string Url(const std::string& name) const { return UrlAt(port_, name); }
  std::string Http2Url(const std::string& name) const {
    return UrlAt(http2_port_, name);
  }
  int port() const { return port_; }

  // One line for each request answered so far: the connection's number, the protocol,
  // method, URI, status, Transfer-Encoding.
  std::string Log() const;
  // Returns the number of connections used so far.
  int Connections() const;
  // Standard error of all programs, including the git commands.
  std::string Errors() const;

  // Stops and starts the server, on the same ports.
  void Stop();
  void Start();
  // Halt makes the server answer nothing; Continue resumes it.
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
