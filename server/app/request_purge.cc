#include "server/app/request_purge.h"

#include "absl/time/clock.h"
#include "server/base/logging.h"
#include "server/base/status_macros.h"

namespace gitsync {
namespace {

constexpr int kRowsAtOnce = 500;

}  // namespace

absl::StatusOr<int> PurgeRequests(Store& store, absl::Time time) {
  int total = 0;
  int removed = 0;
  do {
    RETURN_IF_ERROR(store.Write([&](Transaction& tx) -> absl::Status {
      ASSIGN_OR_RETURN(removed, tx.requests().DeleteOlderThan(time, kRowsAtOnce));
      return absl::OkStatus();
    }));
    total += removed;
  } while (removed == kRowsAtOnce);
  return total;
}

RequestPurge::RequestPurge(Store* store, absl::Duration period)
    : store_(store), period_(period), thread_([this] { Work(); }) {}

RequestPurge::~RequestPurge() {
  {
    absl::MutexLock lock(&mutex_);
    stopping_ = true;
  }
  thread_.join();
}

void RequestPurge::Work() {
  while (true) {
    const absl::StatusOr<int> removed =
        PurgeRequests(*store_, absl::Now() - kRequestLifetime);
    if (!removed.ok()) {
      Log(LogLevel::kWarning, "old requests not removed",
          {{"error", removed.status()}});
    }
    absl::MutexLock lock(&mutex_);
    if (mutex_.AwaitWithTimeout(absl::Condition(&stopping_), period_)) return;
  }
}

}  // namespace gitsync
