#ifndef GITSYNC_SERVER_RPC_HEALTH_MONITOR_H_
#define GITSYNC_SERVER_RPC_HEALTH_MONITOR_H_

#include <functional>
#include <thread>

#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"
#include "storage/store.h"

namespace gitsync {

// Checks every `period`, on its own thread, whether the store works and connections can
// be accepted, and reports the result.
class HealthMonitor {
 public:
  // `report` is called with the first result before the constructor returns, then from
  // the thread at each change. It must not block. `store` must outlive this object.
  HealthMonitor(const Store* store, absl::Duration period,
                std::function<void(bool)> report);
  ~HealthMonitor();

  // Nothing is reported after it has returned. Calling it again is harmless.
  void Stop();

 private:
  void Watch();
  bool IsHealthy() const;

  const Store* const store_;
  const absl::Duration period_;
  const std::function<void(bool)> report_;
  absl::Mutex mutex_;
  bool stopping_ ABSL_GUARDED_BY(mutex_) = false;
  bool healthy_ = false;
  std::thread thread_;
};

}  // namespace gitsync

#endif  // GITSYNC_SERVER_RPC_HEALTH_MONITOR_H_
