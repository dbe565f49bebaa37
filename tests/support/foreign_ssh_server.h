#ifndef GITSYNC_TESTS_SUPPORT_FOREIGN_SSH_SERVER_H_
#define GITSYNC_TESTS_SUPPORT_FOREIGN_SSH_SERVER_H_

#include <sys/types.h>

#include <string>

#include "tests/support/temp_dir.h"

namespace gitsync {

// An SSH server that is not OpenSSH's, or not this machine's version of it. It listens
// on a free port of 127.0.0.1 and runs commands as the current user. If it fails to
// start, the test fails.
class ForeignSshServer {
 public:
  // Explains to the reader of the test's report why a server of this kind is
  // unavailable on this machine; empty if it is available. Builds the server if
  // necessary, which may take a minute; if the build fails, the test fails.
  static std::string WhyMissing(const std::string& kind);

  // `kind`: "dropbear", "go" (golang.org/x/crypto/ssh), "asyncssh", "ssh2" (npm's),
  // "mina" (Apache MINA SSHD, which serves git through JGit and runs nothing else), or
  // "openssh10" (Debian 13's sshd in a folder with Debian 13; requires root).
  // `options`: lines of sshd_config for "openssh10".
  explicit ForeignSshServer(const std::string& kind, const std::string& options = "");
  // Ends the server.
  ~ForeignSshServer();
  ForeignSshServer(const ForeignSshServer&) = delete;
  ForeignSshServer& operator=(const ForeignSshServer&) = delete;

  // Allows a public key (one line) to log in.
  void Authorize(const std::string& public_key);
  // Refuses all new logins; existing connections stay.
  void ForbidAll();
  int port() const { return port_; }
  // Returns what an "openssh10" server has logged so far.
  std::string Log() const;

 private:
  TempDir dir_;
  pid_t pid_ = -1;
  int stdin_ = -1;
  int port_ = 0;
};

}  // namespace gitsync

#endif  // GITSYNC_TESTS_SUPPORT_FOREIGN_SSH_SERVER_H_
