#ifndef GITSYNC_TESTS_SUPPORT_TEST_WEB_SERVER_H_
#define GITSYNC_TESTS_SUPPORT_TEST_WEB_SERVER_H_

#include <sys/types.h>

#include <memory>
#include <string>

#include "tests/support/temp_dir.h"
#include "tests/support/test_ca.h"

namespace gitsync {

// A web server from Debian in front of `git http-backend`, set up as its own
// documentation describes. It uses TLS on a free port of 127.0.0.1 and has all its
// files in a temporary folder. "user" with the password "token" may read and write. If
// it fails to start, the test fails. TestNginx is another such server.
class TestWebServer {
 public:
  enum class Kind { kApache, kLighttpd };

  TestWebServer(Kind kind, const TestCertificate& certificate);
  ~TestWebServer();
  TestWebServer(const TestWebServer&) = delete;
  TestWebServer& operator=(const TestWebServer&) = delete;

  // Serves a repository's folder as `name`, "owner/repository.git". The current user
  // must own the folder.
  void Serve(const std::string& name, const std::string& folder);

  // Returns the https:// URL of a name.
  std::string Url(const std::string& name) const;
  int port() const { return port_; }
  // Returns what the server wrote to its logs.
  std::string Errors() const;

 private:
  TempDir dir_;
  const Kind kind_;
  int port_ = 0;
  pid_t pid_ = -1;
};

// haproxy, which terminates TLS and applies it again in front of another server of
// 127.0.0.1.
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
