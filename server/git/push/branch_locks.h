#ifndef GITSYNC_SERVER_GIT_PUSH_BRANCH_LOCKS_H_
#define GITSYNC_SERVER_GIT_PUSH_BRANCH_LOCKS_H_

#include <cstdint>
#include <deque>
#include <map>
#include <string>
#include <utility>

#include "absl/status/statusor.h"
#include "absl/synchronization/mutex.h"
#include "server/base/context.h"
#include "server/git/transport/remote.h"

namespace gitsync {

// One writer for each branch of a remote, whichever organization it is for: those who
// raced for the branch instead would all but one do their work again. First come, first
// served. Thread-safe; outlives its locks.
class BranchLocks {
 public:
  // Held until it is destroyed.
  class Lock {
   public:
    Lock(BranchLocks* owner, std::string key) : owner_(owner), key_(std::move(key)) {}
    Lock(Lock&& other) noexcept
        : owner_(std::exchange(other.owner_, nullptr)), key_(std::move(other.key_)) {}
    Lock& operator=(Lock&&) = delete;
    ~Lock();

   private:
    BranchLocks* owner_;
    std::string key_;
  };

  // Blocks until the branch is free, or the context ends (its error).
  absl::StatusOr<Lock> Take(const GitUrl& remote, const std::string& branch,
                            const Context& context);

 private:
  // Takes `ticket` out of its queue.
  void Leave(const std::string& key, int64_t ticket)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);

  absl::Mutex mutex_;
  absl::CondVar changed_;
  int64_t next_ticket_ ABSL_GUARDED_BY(mutex_) = 1;
  // The first of each has the lock.
  std::map<std::string, std::deque<int64_t>> queues_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace gitsync

#endif  // GITSYNC_SERVER_GIT_PUSH_BRANCH_LOCKS_H_
