#include "server/rpc/call/caller_cache.h"

#include "server/base/status_macros.h"
#include "server/resource/access_tokens.h"
#include "server/security/access_token.h"

namespace gitsync {
namespace {

constexpr size_t kMostCallers = 1000;

}  // namespace

absl::StatusOr<Caller> CallerCache::Authenticate(const std::vector<Secret>& candidates,
                                                 absl::Time now) {
  // Taken before the store is read: changes made meanwhile may or may not be seen.
  const int64_t change_count = store_->ChangeCount();
  // Only the first, likeliest candidate is cached. For any other one the store is
  // asked.
  const std::string hash = HashAccessToken(candidates.front());
  {
    absl::MutexLock lock(&mutex_);
    const auto found = by_hash_.find(hash);
    if (change_count_ == change_count && found != by_hash_.end() &&
        found->second.expire_time > now) {
      return found->second;
    }
  }
  Caller caller;
  RETURN_IF_ERROR(store_->Read([&](const Transaction& tx) -> absl::Status {
    ASSIGN_OR_RETURN(caller, gitsync::Authenticate(tx, candidates, now));
    return absl::OkStatus();
  }));
  if (candidates.size() > 1) return caller;
  absl::MutexLock lock(&mutex_);
  if (change_count_ > change_count) return caller;
  if (change_count_ < change_count || by_hash_.size() >= kMostCallers) by_hash_.clear();
  change_count_ = change_count;
  by_hash_.insert_or_assign(hash, caller);
  return caller;
}

}  // namespace gitsync
