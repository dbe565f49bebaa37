#ifndef GITSYNC_TESTS_SUPPORT_TEST_SSHD_H_
#define GITSYNC_TESTS_SUPPORT_TEST_SSHD_H_

#include <sys/types.h>

#include <string>
#include <vector>

#include "tests/support/temp_dir.h"

namespace gitsync {

// OpenSSH's server on a free port of 127.0.0.1, for the current user, with everything
// it has in a temporary folder. Commands get an empty home folder, so that no shell
// profile is read. Failures to start fail the test.
class TestSshd {
 public:
  // Of what type the host key is, as ssh-keygen names it: "ed25519", "ecdsa", "rsa".
  // `extra_config`: further lines for sshd_config.
  explicit TestSshd(const std::string& host_key_type = "ed25519",
                    const std::string& extra_config = "");
  // Ends the server and its connections.
  ~TestSshd();

  // Lets a public key (one line) log in.
  void Authorize(const std::string& public_key);

  // Lets none of them log in any more.
  void DeauthorizeAll();

  // ssh:// URL of a folder on this machine.
  std::string Url(const std::string& path) const;

  // "type base64", and "SHA256:...".
  std::string HostKey() const;
  std::string HostKeyFingerprint() const;

  int port() const { return port_; }
  pid_t pid() const { return pid_; }
  const std::string& user() const { return user_; }
  // The home folder that its commands get.
  std::string home() const { return dir_ / "home"; }

  // What sshd logged so far, at level VERBOSE.
  std::string Log() const;
  // How many logins succeeded so far.
  int Logins() const;

  // Stops listening; connections go on. Start listens again, on the same port.
  void Stop();
  void Start();
  // Takes a new host key; while it does not listen.
  void ReplaceHostKey();
  // Ends, halts or continues all connections, at once.
  void KillConnections();
  void HaltConnections();
  void ContinueConnections();
  // Processes that serve connections, and what they started.
  std::vector<pid_t> Connections() const;
  // The receive-packs among them.
  std::vector<pid_t> ReceivePacks() const;

 private:
  bool TryStart();
  void MakeHostKey();
  void Signal(int signal);

  TempDir dir_;
  const std::string host_key_type_;
  std::string extra_config_;
  std::string user_;
  int port_ = 0;
  pid_t pid_ = -1;
  // Connections that were there when the server stopped listening.
  std::vector<pid_t> orphans_;
};

// An SSH client key, from ssh-keygen.
struct TestSshKey {
  std::string private_key;
  std::string public_key;

  // "ed25519", or "rsa" with 4096 bits unless said otherwise.
  static TestSshKey Generate(const std::string& type, int bits = 0);
};

}  // namespace gitsync

#endif  // GITSYNC_TESTS_SUPPORT_TEST_SSHD_H_
