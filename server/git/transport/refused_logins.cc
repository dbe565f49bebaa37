#include "server/git/transport/refused_logins.h"

#include <algorithm>

namespace gitsync {

void RefusedLogins::Add(const std::string& login, const absl::Status& error,
                        absl::Time now) {
  std::erase_if(refusals_, [now](const auto& entry) {
    return entry.second.next_try + kKeptTime < now;
  });
  Refusal& refusal = refusals_[login];
  refusal.error = error;
  if (now >= refusal.next_try) {
    refusal.pause = std::clamp(refusal.pause * 2, kFirstPause, kLongestPause);
  }
  refusal.next_try = now + refusal.pause;
}

const RefusedLogins::Refusal* RefusedLogins::Find(const std::string& login) const {
  const auto found = refusals_.find(login);
  return found == refusals_.end() ? nullptr : &found->second;
}

}  // namespace gitsync
