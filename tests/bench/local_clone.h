// A repository's copy for another way to push, and a bare clone of it where that way's
// commits are made. All copies are alike, and no way finds its remote moved by another.

#ifndef GITSYNC_TESTS_BENCH_LOCAL_CLONE_H_
#define GITSYNC_TESTS_BENCH_LOCAL_CLONE_H_

#include <string>

#include "tests/bench/repository.h"
#include "tests/bench/timings.h"

namespace gitsync {

class LocalClone {
 public:
  // `name` is part of its folders' names.
  LocalClone(const Repository& original, const std::string& name);

  const std::string& folder() const { return folder_; }
  const std::string& url() const { return url_; }

  // Commits a change of app 0's page.
  void Commit(int round);
  std::string Git(std::vector<std::string> arguments, bool multiplexed = false) const;

 private:
  const GitUser& user_;
  std::string folder_;
  std::string url_;
  std::string page_;
};

// `multiplexed` as GitUser has it.
Way PushByGit(const Repository& original, const std::string& name, bool multiplexed);
// The remote's own part; over SSH.
Way PushReadyPack(const Repository& original, const std::string& name);

}  // namespace gitsync

#endif  // GITSYNC_TESTS_BENCH_LOCAL_CLONE_H_
