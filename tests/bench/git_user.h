// What the benchmark runs git with.

#ifndef GITSYNC_TESTS_BENCH_GIT_USER_H_
#define GITSYNC_TESTS_BENCH_GIT_USER_H_

#include <string>
#include <vector>

#include "tests/integration/git_host.h"
#include "tests/support/temp_dir.h"

namespace gitsync {

// Ends the program unless `good`: a table with a failure in it would be worth nothing.
void Demand(bool good, const std::string& what);

// Runs a program and returns its output; ends this one if that fails.
std::string RunOrEnd(const std::vector<std::string>& arguments,
                     const std::vector<std::string>& environment = {});

// Content of a file; empty if there is none.
std::string ReadText(const std::string& path);

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

  // Returns what git prints. `multiplexed`: over the SSH connection that stays, instead
  // of one of its own.
  std::string Git(const std::vector<std::string>& arguments,
                  bool multiplexed = false) const;

  // Writes the round's number into a file of the clone, which has `"revision": N`, and
  // commits it.
  void Commit(const std::string& clone, const std::string& file, int round) const;

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
