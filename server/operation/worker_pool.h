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

// Runs work on remotes on a bounded number of threads. Work of one lane runs one at a
// time, in order. Owners take turns, and so do the lanes of each, so that one with much
// to do keeps no other waiting for more than its turn. Thread-safe.
class WorkerPool {
 public:
  struct Options {
    int threads = 32;
    int queue_limit = 10000;       // waiting work of all
    int owner_queue_limit = 1000;  // waiting work of one owner
  };

  // Where work waits for its turn.
  struct Lane {
    std::string owner;  // an organization
    std::string name;   // a repository and branch, say
  };

  // A piece of work. It is called exactly once: with OK to do the work, or with the
  // reason why it will never be done (then it must not block). Or it is not called, if
  // what is done before it takes it along.
  using Work = std::function<void(absl::Status)>;

  // What makes a piece of work one that can be done together with others of its lane.
  struct Joint {
    std::shared_ptr<void> payload;  // for the one that takes it along; not null
    std::string key;                // only work of different keys goes together
    int64_t weight = 0;
    // Told, at most once, when the work's context ends while it is in hand; must not
    // block.
    std::function<void(absl::Status)> on_end;
  };
  struct JointLimits {
    size_t count = 0;
    int64_t weight = 0;
  };

  explicit WorkerPool(const Options& options);
  // Shuts down, waiting for the work in hand.
  ~WorkerPool();

  // Queues work for a lane; does not block. The work is called on another thread, also
  // when it is refused:
  //   RESOURCE_EXHAUSTED  (SERVER_BUSY) with RetryInfo: a queue is full.
  //   CANCELLED, DEADLINE_EXCEEDED  by `context`, while it was waiting; within 100 ms.
  //   UNAVAILABLE         (SHUTTING_DOWN) Shutdown was called.
  void Submit(const Lane& lane, const Context& context, Work work);
  // The same for work that others of its lane may take along, and that may do so.
  void SubmitJoint(const Lane& lane, const Context& context, Work work, Joint joint);

  // To be called by joint work that is being done: takes along what waits right behind
  // it in its lane and is joint too, up to the limits, those of the work itself
  // included. Returns the payloads; their turn is over when that of the caller is.
  std::vector<std::shared_ptr<void>> TakeAlong(const Lane& lane,
                                               const JointLimits& limits);

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

#endif  // GITSYNC_SERVER_OPERATION_WORKER_POOL_H_
