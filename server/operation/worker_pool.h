#ifndef GITSYNC_SERVER_OPERATION_WORKER_POOL_H_
#define GITSYNC_SERVER_OPERATION_WORKER_POOL_H_

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "server/base/context.h"

namespace gitsync {

// Runs work on remotes on a bounded number of threads. Work of one lane runs one item
// or batch at a time, in order. Owners take turns, and so do the lanes of each owner,
// so that a busy one never keeps another waiting for more than one turn. Thread-safe.
class WorkerPool {
 public:
  struct Options {
    int threads = 32;
    int queue_limit = 10000;       // waiting work of all owners
    int owner_queue_limit = 1000;  // waiting work of one owner
  };

  // Where work waits for its turn.
  struct Lane {
    std::string owner;  // an organization
    std::string name;   // for example, a repository and branch
  };

  // A piece of work. It is called exactly once: with OK to do the work, or with the
  // reason why it will never be done (then it must not block). It is not called if
  // earlier work adds it to its batch.
  using Work = std::function<void(absl::Status)>;

  // Makes a piece of work one that can be batched with others of its lane.
  struct Joint {
    std::shared_ptr<void> payload;  // for the work whose batch it joins; not null
    std::string key;                // the keys of a batch must differ
    int64_t weight = 0;
    // Called, at most once, when the work's context ends while it runs; must not block.
    std::function<void(absl::Status)> on_end;
  };
  struct JointLimits {
    size_t count = 0;
    int64_t weight = 0;
  };

  explicit WorkerPool(const Options& options);
  // Shuts down, waiting for the running work.
  ~WorkerPool();

  // Queues work for a lane; does not block. The work is called on another thread, even
  // when it is refused:
  //   RESOURCE_EXHAUSTED  (SERVER_BUSY) with RetryInfo: a queue is full.
  //   CANCELLED, DEADLINE_EXCEEDED  by `context`, while it was waiting; within 100 ms.
  //   UNAVAILABLE         (SHUTTING_DOWN) Shutdown was called.
  void Submit(const Lane& lane, const Context& context, Work work);
  // The same for work that can be added to another's batch, or can add others to its
  // own.
  void SubmitJoint(const Lane& lane, const Context& context, Work work, Joint joint);

  // Called by joint work while it runs. Adds the joint work that waits directly behind
  // it in its lane to its batch, up to the limits, which include the caller itself.
  // Returns the payloads. Their turn ends when the caller's does.
  std::vector<std::shared_ptr<void>> TakeAlong(const Lane& lane,
                                               const JointLimits& limits);

  // Refuses new and waiting work, lets running work continue until `deadline`, then
  // cancels it. Returns when all of it has ended. Calling it again is harmless.
  void Shutdown(absl::Time deadline);

  // How much work is waiting and running.
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

#endif  // GITSYNC_SERVER_OPERATION_WORKER_POOL_H_
