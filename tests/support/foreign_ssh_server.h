#ifndef GITSYNC_TESTS_SUPPORT_FOREIGN_SSH_SERVER_H_
#define GITSYNC_TESTS_SUPPORT_FOREIGN_SSH_SERVER_H_

#include <sys/types.h>

#include <string>

#include "tests/support/temp_dir.h"

namespace gitsync {

// An SSH server that is not OpenSSH's, or not this machine's, on a free port of
// 127.0.0.1, which runs commands as the current user. Failures to start fail the test.
class ForeignSshServer {
 public:
  // Why a server of this kind can't be had on this machine, for who reads the test's
  // report; empty if it can. Builds it where it has to be built, which may take a
  // minute; failures of that fail the test.
  static std::string WhyMissing(const std::string& kind);

  // "dropbear", "go" (golang.org/x/crypto/ssh), "asyncssh", "ssh2" (npm's), "mina"
  // (Apache MINA SSHD, which serves git by JGit and runs nothing else), or
  // "openssh10": Debian 13's sshd in a folder with Debian 13, for root alone.
  // `options`: lines of sshd_config for that one.
  explicit ForeignSshServer(const std::string& kind, const std::string& options = "");
  // Ends the server.
  ~ForeignSshServer();
  ForeignSshServer(const ForeignSshServer&) = delete;
  ForeignSshServer& operator=(const ForeignSshServer&) = delete;

  // Lets a public key (one line) log in.
  void Authorize(const std::string& public_key);
  // Lets nobody in any more, but for those who are.
  void ForbidAll();
  int port() const { return port_; }
  // What an "openssh10" logged so far.
  std::string Log() const;

 private:
  TempDir dir_;
  pid_t pid_ = -1;
  int stdin_ = -1;
  int port_ = 0;
};

}  // namespace gitsync

#endif  // GITSYNC_TESTS_SUPPORT_FOREIGN_SSH_SERVER_H_
