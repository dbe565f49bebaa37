#ifndef GITSYNC_SERVER_GIT_WORKER_POOL_H_
#define GITSYNC_SERVER_GIT_WORKER_POOL_H_

#include <functional>
#include <memory>
#include <string>

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "server/base/context.h"

namespace gitsync {

// Runs work on remotes on a bounded number of threads. Work of one lane (a repository
// and branch, say) runs one at a time, in order; lanes take turns, so that one with a
// long queue keeps no other waiting for more than its turn. Thread-safe.
class WorkerPool {
 public:
  struct Options {
    int threads = 32;
    int queue_limit = 10000;      // waiting work in all lanes
    int lane_queue_limit = 1000;  // waiting work in one lane
  };

  // A piece of work. It is called exactly once: with OK to do the work, or with the
  // reason why it will never be done. In the second case it must not block.
  using Work = std::function<void(absl::Status)>;

  explicit WorkerPool(const Options& options);
  // Shuts down, waiting for the work in hand.
  ~WorkerPool();

  // Queues work for a lane; does not block. The work is called on another thread, also
  // when it is refused:
  //   RESOURCE_EXHAUSTED  (SERVER_BUSY) with RetryInfo: the queue is full.
  //   CANCELLED, DEADLINE_EXCEEDED  by `context`, while it was waiting; within 100 ms.
  //   UNAVAILABLE         (SHUTTING_DOWN) Shutdown was called.
  void Submit(const std::string& lane, const Context& context, Work work);

  // Refuses new work and what is waiting, gives the work in hand until `deadline`, then
  // cancels it, and returns when all of it has ended. Repeating is harmless.
  void Shutdown(absl::Time deadline);

  // How much is waiting and in hand.
  struct Load {
    int waiting = 0;
    int running = 0;
  };
  Load load() const;

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace gitsync

#endif  // GITSYNC_SERVER_GIT_WORKER_POOL_H_
