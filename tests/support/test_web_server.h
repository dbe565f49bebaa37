#ifndef GITSYNC_TESTS_SUPPORT_TEST_WEB_SERVER_H_
#define GITSYNC_TESTS_SUPPORT_TEST_WEB_SERVER_H_

#include <sys/types.h>

#include <memory>
#include <string>

#include "tests/support/temp_dir.h"
#include "tests/support/test_ca.h"

namespace gitsync {

// A web server of Debian's in front of `git http-backend`, each set up as its own
// documentation has it, over TLS on a free port of 127.0.0.1, with everything it has in
// a temporary folder. "user" with the password "token" may read and write. Failures to
// start fail the test. See TestNginx for another one.
class TestWebServer {
 public:
  enum class Kind { kApache, kLighttpd };

  TestWebServer(Kind kind, const TestCertificate& certificate);
  ~TestWebServer();
  TestWebServer(const TestWebServer&) = delete;
  TestWebServer& operator=(const TestWebServer&) = delete;

  // Serves a repository's folder as `name`, "owner/repository.git". Its owner must be
  // the current user.
  void Serve(const std::string& name, const std::string& folder);

  // https:// URL of a name.
  std::string Url(const std::string& name) const;
  int port() const { return port_; }
  // What it wrote to its logs.
  std::string Errors() const;

 private:
  TempDir dir_;
  const Kind kind_;
  int port_ = 0;
  pid_t pid_ = -1;
};

// haproxy, which takes TLS off and puts it on again before another server of 127.0.0.1.
class TestHaproxy {
 public:
  TestHaproxy(int backend_port, const TestCertificate& certificate);
  ~TestHaproxy();
  TestHaproxy(const TestHaproxy&) = delete;
  TestHaproxy& operator=(const TestHaproxy&) = delete;

  int port() const { return port_; }

 private:
  TempDir dir_;
  int port_ = 0;
  pid_t pid_ = -1;
};

}  // namespace gitsync

#endif  // GITSYNC_TESTS_SUPPORT_TEST_WEB_SERVER_H_
