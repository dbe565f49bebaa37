#ifndef GITSYNC_TESTS_SUPPORT_FOREIGN_SSH_SERVER_H_
#define GITSYNC_TESTS_SUPPORT_FOREIGN_SSH_SERVER_H_

#include <sys/types.h>

#include <string>

#include "tests/support/temp_dir.h"

namespace gitsync {

// An SSH server that is not OpenSSH's, on a free port of 127.0.0.1, which runs commands
// as the current user. Failures to start fail the test.
class ForeignSshServer {
 public:
  // "dropbear", "go" (golang.org/x/crypto/ssh), "asyncssh" or "ssh2" (npm's).
  explicit ForeignSshServer(const std::string& kind);
  // Ends the server.
  ~ForeignSshServer();
  ForeignSshServer(const ForeignSshServer&) = delete;
  ForeignSshServer& operator=(const ForeignSshServer&) = delete;

  // Lets a public key (one line) log in.
  void Authorize(const std::string& public_key);
  int port() const { return port_; }

 private:
  TempDir dir_;
  pid_t pid_ = -1;
  int stdin_ = -1;
  int port_ = 0;
};

}  // namespace gitsync

#endif  // GITSYNC_TESTS_SUPPORT_FOREIGN_SSH_SERVER_H_
