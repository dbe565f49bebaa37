#ifndef GITSYNC_SERVER_APP_REQUEST_PURGE_H_
#define GITSYNC_SERVER_APP_REQUEST_PURGE_H_

#include <thread>

#include "absl/status/statusor.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"
#include "storage/store.h"

namespace gitsync {

// How long the answer to a request is kept for a retry.
inline constexpr absl::Duration kRequestLifetime = absl::Hours(7 * 24);

// Removes the requests that are older than `time`, in small transactions, so that other
// writes can run in between. Returns how many it removed. Blocks on the store.
absl::StatusOr<int> PurgeRequests(Store& store, absl::Time time);

// Calls PurgeRequests every `period`, on its own thread, from construction until
// destruction.
class RequestPurge {
 public:
  // `store` must outlive this object.
  RequestPurge(Store* store, absl::Duration period);
  ~RequestPurge();

 private:
  void Work();

  Store* const store_;
  const absl::Duration period_;
  absl::Mutex mutex_;
  bool stopping_ ABSL_GUARDED_BY(mutex_) = false;
  std::thread thread_;
};

}  // namespace gitsync

#endif  // GITSYNC_SERVER_APP_REQUEST_PURGE_H_
