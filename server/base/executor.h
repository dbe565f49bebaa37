#ifndef GITSYNC_SERVER_BASE_EXECUTOR_H_
#define GITSYNC_SERVER_BASE_EXECUTOR_H_

#include <deque>
#include <functional>
#include <thread>
#include <vector>

#include "absl/synchronization/mutex.h"

namespace gitsync {

// A fixed number of threads for short tasks that block at most on the local disk.
// Thread-safe.
class Executor {
 public:
  Executor(int threads, int queue_limit);
  // Runs what is queued, then stops.
  ~Executor();

  // Queues `task`; false, without queueing it, if the queue is full or Shutdown was
  // called. Does not block.
  [[nodiscard]] bool Run(std::function<void()> task);

  // Refuses new tasks, and blocks until queued ones have run. Repeated calls are
  // harmless.
  void Shutdown();

 private:
  void Work();

  // Wakes a thread for the queue, unless one is already being woken: that one wakes the
  // next. Under load, threads find work without being woken, which would cost more than
  // most of the work.
  void WakeOne() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);

  absl::Mutex mutex_;
  absl::CondVar wake_;
  const size_t queue_limit_;
  int idle_ ABSL_GUARDED_BY(mutex_) = 0;
  bool waking_ ABSL_GUARDED_BY(mutex_) = false;
  bool stopping_ ABSL_GUARDED_BY(mutex_) = false;
  std::deque<std::function<void()>> queue_ ABSL_GUARDED_BY(mutex_);
  std::vector<std::thread> threads_;
};

}  // namespace gitsync

#endif  // GITSYNC_SERVER_BASE_EXECUTOR_H_
