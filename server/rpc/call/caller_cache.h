#ifndef GITSYNC_SERVER_RPC_CALL_CALLER_CACHE_H_
#define GITSYNC_SERVER_RPC_CALL_CALLER_CACHE_H_

#include <cstdint>
#include <string>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/status/statusor.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"
#include "server/base/secret.h"
#include "server/resource/caller.h"
#include "storage/store.h"

namespace gitsync {

// The caller who presents a token, without asking the store again while nothing has
// changed there. A revoked token is refused from then on. Thread-safe.
class CallerCache {
 public:
  // `store` must outlive this object.
  explicit CallerCache(const Store* store) : store_(store) {}

  // Same as gitsync::Authenticate (server/resource/access_tokens.h). Blocks on the
  // store.
  absl::StatusOr<Caller> Authenticate(const std::vector<Secret>& candidates,
                                      absl::Time now);

 private:
  const Store* const store_;
  absl::Mutex mutex_;
  int64_t change_count_ ABSL_GUARDED_BY(mutex_) = -1;  // of the cached callers
  absl::flat_hash_map<std::string, Caller> by_hash_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace gitsync

#endif  // GITSYNC_SERVER_RPC_CALL_CALLER_CACHE_H_
