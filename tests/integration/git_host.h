// Servers of git repositories, one for each transport, and what tests do to them.

#ifndef GITSYNC_TESTS_INTEGRATION_GIT_HOST_H_
#define GITSYNC_TESTS_INTEGRATION_GIT_HOST_H_

#include <gtest/gtest.h>

#include <memory>
#include <string>

#include "tests/support/test_ca.h"
#include "tests/support/test_nginx.h"
#include "tests/support/test_sshd.h"

namespace gitsync {

enum class Transport { kSsh, kHttps };

// A test that is to pass over each transport.
class TransportTest : public ::testing::TestWithParam<Transport> {};
#define GITSYNC_OVER_EACH_TRANSPORT(suite)                                         \
  INSTANTIATE_TEST_SUITE_P(                                                        \
      Over, suite,                                                                 \
      ::testing::Values(::gitsync::Transport::kSsh, ::gitsync::Transport::kHttps), \
      [](const ::testing::TestParamInfo<::gitsync::Transport>& transport) {        \
        return transport.param == ::gitsync::Transport::kSsh ? "Ssh" : "Https";    \
      })

// A real server of repositories that are folders of this machine: OpenSSH's, or nginx.
class GitHost {
 public:
  // `host_key_type` as TestSshd has it.
  explicit GitHost(Transport transport, const std::string& host_key_type = "ed25519");

  Transport transport() const { return transport_; }
  // The URL of a repository's folder, which need not be there.
  std::string UrlOf(const std::string& folder);
  int port() const;

  // The logins of an HTTPS host: its token may write, a reader's may not.
  static constexpr char kUser[] = "user";
  static constexpr char kToken[] = "https-token-canary-1a2b3c4d5e6f";
  std::string CaCertificate() const { return ca_.certificate(); }

  // Ends the server and its connections; starts it again, on the same port.
  void Stop();
  void Start();
  // Lets connections say nothing more, or go on.
  void Halt();
  void Continue();

  // Null for another transport.
  TestSshd* sshd() { return sshd_.get(); }
  TestNginx* nginx() { return nginx_.get(); }

 private:
  const Transport transport_;
  const TestCa ca_;
  std::unique_ptr<TestSshd> sshd_;
  std::unique_ptr<TestNginx> nginx_;
};

}  // namespace gitsync

#endif  // GITSYNC_TESTS_INTEGRATION_GIT_HOST_H_
