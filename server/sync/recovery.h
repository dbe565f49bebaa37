#ifndef GITSYNC_SERVER_SYNC_RECOVERY_H_
#define GITSYNC_SERVER_SYNC_RECOVERY_H_

#include <map>
#include <string>
#include <thread>

#include "absl/status/status.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"
#include "server/sync/sync_environment.h"

namespace gitsync {

// Ends operations that a stop, a crash or a broken connection left unfinished. Its own
// thread waits between the tries; the work is done on the worker pool. Thread-safe.
class Recovery {
 public:
  explicit Recovery(const SyncEnvironment& env);
  ~Recovery();

  // Takes up the operations that a stopped or killed server left running. Queues the
  // pushes that may have reached their remote, ahead of any new work, and ends the rest
  // as FAILED (INTERRUPTED). Call before serving.
  absl::Status TakeUp();

  // Takes up an operation whose record stays running: a push in doubt (`failure` is
  // OK), or one that failed with `failure`, which is still to be recorded. The first
  // try comes after one second, in which the remote may finish what it was doing. The
  // pauses double up to a minute.
  void Add(const OperationRow& row, const absl::Status& failure);

 private:
  struct Pending {
    OperationRow row;
    absl::Status failure;
    absl::Time next_try;
    absl::Duration pause;
  };

  void Loop();
  void Try(const OperationRow& row, bool alone);
  // Ends an operation and forgets it, unless the store can't record the end now.
  void End(const OperationRow& row, const absl::Status& status);

  const SyncEnvironment env_;
  absl::Mutex mutex_;
  bool stopping_ ABSL_GUARDED_BY(mutex_) = false;
  // By operation id. An entry is kept, with its pause, while the operation is tried.
  std::map<std::string, Pending> pending_ ABSL_GUARDED_BY(mutex_);
  std::thread thread_;
};

}  // namespace gitsync

#endif  // GITSYNC_SERVER_SYNC_RECOVERY_H_
