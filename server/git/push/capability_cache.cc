#include "server/git/push/capability_cache.h"

#include <cstddef>

#include "absl/time/clock.h"

namespace gitsync {
namespace {

// A connection that was used this recently is not likely to have died without a word,
// and then the push's outcome would have to be looked up.
constexpr absl::Duration kRecent = absl::Seconds(10);
// Forgetting costs a question.
constexpr size_t kMostRemotes = 1000;

}  // namespace

void CapabilityCache::Remember(absl::string_view mirror_id,
                               const std::vector<std::string>& capabilities) {
  absl::MutexLock lock(&mutex_);
  if (remotes_.size() >= kMostRemotes && remotes_.find(mirror_id) == remotes_.end()) {
    remotes_.clear();
  }
  Remote& remote = remotes_[std::string(mirror_id)];
  remote.capabilities = capabilities;
  remote.time = absl::Now();
}

std::optional<std::vector<std::string>> CapabilityCache::Find(
    absl::string_view mirror_id) const {
  absl::MutexLock lock(&mutex_);
  const auto found = remotes_.find(mirror_id);
  if (found == remotes_.end() || found->second.distrusted ||
      absl::Now() - found->second.time > kRecent) {
    return std::nullopt;
  }
  return found->second.capabilities;
}

void CapabilityCache::Distrust(absl::string_view mirror_id) {
  absl::MutexLock lock(&mutex_);
  remotes_[std::string(mirror_id)].distrusted = true;
}

}  // namespace gitsync
