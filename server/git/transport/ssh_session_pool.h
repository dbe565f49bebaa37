#ifndef GITSYNC_SERVER_GIT_TRANSPORT_SSH_SESSION_POOL_H_
#define GITSYNC_SERVER_GIT_TRANSPORT_SSH_SESSION_POOL_H_

#include <list>
#include <memory>
#include <string>

#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"
#include "server/git/transport/ssh_session.h"

namespace gitsync {

// Sessions that nobody uses at the moment, the last used first. Thread-safe.
class SshSessionPool {
 public:
  SshSessionPool(int max_idle, absl::Duration max_idle_time)
      : max_idle_(max_idle), max_idle_time_(max_idle_time) {}

  // Takes a session that was put under `key`; null if there is none that looks alive.
  std::unique_ptr<SshSession> Take(const std::string& key);

  // Keeps a session for the next Take, in place of the one that was idle longest if
  // there are too many. Closes it after Close.
  void Put(const std::string& key, std::unique_ptr<SshSession> session);

  // Closes the idle sessions of `key`: one of them was found dead.
  void Drop(const std::string& key);

  // Closes all, also those put back later.
  void Close();

 private:
  struct Idle {
    std::string key;
    std::unique_ptr<SshSession> session;
    absl::Time since;
  };

  // Moves those that are idle for too long to `old`: sessions are closed without the
  // lock.
  void TakeOld(absl::Time now, std::list<Idle>* old)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);

  const int max_idle_;
  const absl::Duration max_idle_time_;
  absl::Mutex mutex_;
  bool closed_ ABSL_GUARDED_BY(mutex_) = false;
  std::list<Idle> idle_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace gitsync

#endif  // GITSYNC_SERVER_GIT_TRANSPORT_SSH_SESSION_POOL_H_
