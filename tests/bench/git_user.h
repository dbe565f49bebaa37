// What the benchmark runs git with.

#ifndef GITSYNC_TESTS_BENCH_GIT_USER_H_
#define GITSYNC_TESTS_BENCH_GIT_USER_H_

#include <string>
#include <vector>

#include "tests/bench/demand.h"
#include "tests/integration/git_host.h"
#include "tests/support/temp_dir.h"

namespace gitsync {

// git as a user of a host runs it, with an empty home folder: over SSH with a key of
// its own, over HTTPS with the token in a header that each request has, so that none is
// refused first.
class GitUser {
 public:
  // `host` lets the user in, and outlives it.
  explicit GitUser(GitHost* host);
  ~GitUser();
  GitUser(const GitUser&) = delete;
  GitUser& operator=(const GitUser&) = delete;

  // Path of that name in the user's folder.
  std::string Folder(const std::string& name) const { return dir_ / name; }
  // Of a user over SSH: a key in PEM's own form, which every program reads, and the
  // host's key.
  std::string KeyFile() const { return dir_ / "key"; }
  std::string KnownHostsFile() const { return dir_ / "known_hosts"; }

  // What git and those who run it find in their environment. `multiplexed`: they go
  // over the SSH connection that stays, instead of one of their own.
  std::vector<std::string> Environment(bool multiplexed = false) const;
  // Returns what git prints.
  std::string Git(const std::vector<std::string>& arguments,
                  bool multiplexed = false) const;

 private:
  void EnterSsh(TestSshd* sshd);
  void EnterHttps(const GitHost& host) const;

  TempDir dir_;
  std::string ssh_;
  std::string multiplexed_ssh_;
  std::vector<std::string> end_;  // ends the connection that stays
};

}  // namespace gitsync

#endif  // GITSYNC_TESTS_BENCH_GIT_USER_H_
