#ifndef GITSYNC_SERVER_GIT_PUSH_CAPABILITY_CACHE_H_
#define GITSYNC_SERVER_GIT_PUSH_CAPABILITY_CACHE_H_

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"

namespace gitsync {

// What remotes said of their receive-pack a moment ago: enough to push to them without
// asking again. Thread-safe.
class CapabilityCache {
 public:
  // Remembers what a remote can do, as of now. `mirror_id` names the remote.
  void Remember(absl::string_view mirror_id,
                const std::vector<std::string>& capabilities);

  // What the remote said in the last seconds; nothing if that is longer ago, or if it
  // is to be asked each time.
  std::optional<std::vector<std::string>> Find(absl::string_view mirror_id) const;

  // From now on the remote is to be asked each time: it did not take to a push without.
  void Distrust(absl::string_view mirror_id);

 private:
  struct Remote {
    std::vector<std::string> capabilities;
    absl::Time time;
    bool distrusted = false;
  };

  mutable absl::Mutex mutex_;
  std::map<std::string, Remote, std::less<>> remotes_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace gitsync

#endif  // GITSYNC_SERVER_GIT_PUSH_CAPABILITY_CACHE_H_
