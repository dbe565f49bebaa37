// An installation whose repository has many apps, a user of git beside it, and the ways
// of both to push one change and to ask whether there is something new.

#ifndef GITSYNC_TESTS_BENCH_SITE_H_
#define GITSYNC_TESTS_BENCH_SITE_H_

#include <string>

#include "tests/bench/git_user.h"
#include "tests/bench/timings.h"
#include "tests/integration/installation.h"

namespace gitsync {

// Each way to push has a repository of its own, all alike, so that none finds the
// remote moved by another; the ways to ask share GitSync's. The ways refer to the site.
class Site {
 public:
  Site(Transport transport, int apps);
  Site(const Site&) = delete;
  Site& operator=(const Site&) = delete;

  Way PushByGitSync();
  // Over SSH only.
  Way PushReadyPack();
  // `multiplexed` as GitUser has it.
  Way PushByGit(const std::string& name, bool multiplexed);
  // Takes many seconds, and so has few rounds.
  Way CloneCommitPush();

  // What is there already is all that is found.
  Way CheckForUpdates(const std::string& name);
  Way LsRemote(const std::string& name, bool multiplexed);

 private:
  void Change(int revision);
  void Push(int revision);
  // URL of the repository's copy for another way to push.
  std::string Copy(const std::string& name);
  std::string Clone(const std::string& name);

  Installation installation_;
  GitUser user_;
  AppAndVersion app_;
};

}  // namespace gitsync

#endif  // GITSYNC_TESTS_BENCH_SITE_H_
