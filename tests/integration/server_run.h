// A server that is ended and started again, as its callers see it.

#ifndef GITSYNC_TESTS_INTEGRATION_SERVER_RUN_H_
#define GITSYNC_TESTS_INTEGRATION_SERVER_RUN_H_

#include <memory>
#include <stop_token>
#include <string>
#include <utility>

#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"
#include "tests/integration/installation.h"

namespace gitsync {

// One run of the server. Thread-safe.
class ServerRun {
 public:
  explicit ServerRun(const GitsyncdProcess& server)
      : api(server.endpoint(), server.AdminToken()) {}

  Api api;
  // Asked for when the server has ended: nobody waits for its answers any more.
  std::stop_source ended;

  void Acknowledge() {
    absl::MutexLock lock(&mutex_);
    acknowledged_ = true;
  }
  // Blocks until something was acknowledged, but not for ever; whether it was.
  bool AwaitAcknowledgement() {
    absl::MutexLock lock(&mutex_);
    return mutex_.AwaitWithTimeout(absl::Condition(&acknowledged_), absl::Minutes(2));
  }

 private:
  absl::Mutex mutex_;
  bool acknowledged_ ABSL_GUARDED_BY(mutex_) = false;
};

// Tells the callers which run to call. Thread-safe.
class CurrentRun {
 public:
  // Null: there is none at the moment.
  void Set(std::shared_ptr<ServerRun> run) {
    absl::MutexLock lock(&mutex_);
    run_ = std::move(run);
  }
  // Makes Get return null from now on.
  void End() {
    absl::MutexLock lock(&mutex_);
    ended_ = true;
  }
  // Blocks until there is a run.
  std::shared_ptr<ServerRun> Get() {
    absl::MutexLock lock(&mutex_);
    const auto ready = [this] { return ended_ || run_ != nullptr; };
    mutex_.Await(absl::Condition(&ready));
    return ended_ ? nullptr : run_;
  }

 private:
  absl::Mutex mutex_;
  std::shared_ptr<ServerRun> run_ ABSL_GUARDED_BY(mutex_);
  bool ended_ ABSL_GUARDED_BY(mutex_) = false;
};

}  // namespace gitsync

#endif  // GITSYNC_TESTS_INTEGRATION_SERVER_RUN_H_
