#include "server/rpc/health_monitor.h"

#include <utility>

#include "server/base/logging.h"
#include "server/base/open_files.h"

namespace gitsync {

HealthMonitor::HealthMonitor(const Store* store, absl::Duration period,
                             std::function<void(bool)> report)
    : store_(store), period_(period), report_(std::move(report)) {
  healthy_ = IsHealthy();
  report_(healthy_);
  thread_ = std::thread([this] { Watch(); });
}

HealthMonitor::~HealthMonitor() { Stop(); }

void HealthMonitor::Stop() {
  {
    absl::MutexLock lock(&mutex_);
    stopping_ = true;
  }
  if (thread_.joinable()) thread_.join();
}

void HealthMonitor::Watch() {
  while (true) {
    {
      absl::MutexLock lock(&mutex_);
      if (mutex_.AwaitWithTimeout(absl::Condition(&stopping_), period_)) return;
    }
    const bool healthy = IsHealthy();
    if (healthy == healthy_) continue;
    healthy_ = healthy;
    report_(healthy);
  }
}

bool HealthMonitor::IsHealthy() const {
  const absl::Status status = store_->CheckHealth();
  if (!status.ok()) Log(LogLevel::kError, "store does not work", {{"error", status}});
  const bool has_files = HasFilesForCallers();
  if (!has_files) Log(LogLevel::kError, "no file descriptors left for connections");
  return status.ok() && has_files;
}

}  // namespace gitsync
