#include "server/git/transport/host_door.h"

#include <algorithm>

#include "server/git/transport/next_try.h"

namespace gitsync {

std::optional<absl::Time> HostDoor::ShutUntil(absl::Time now) const {
  if (!is_shut()) return std::nullopt;
  const absl::Time until = trial_ ? std::max(next_try_, now + kTrialWait) : next_try_;
  if (until <= now) return std::nullopt;
  return until;
}

bool HostDoor::Enter() {
  trial_ = is_shut();
  return trial_;
}

void HostDoor::Open() {
  pause_ = absl::ZeroDuration();
  trial_ = false;
}

void HostDoor::Shut(bool trial, absl::Time now) {
  if (is_shut() && !trial) return;
  pause_ = is_shut() ? std::min(pause_ * 2, kLongestPause) : kFirstPause;
  next_try_ = now + pause_;
  trial_ = false;
}

}  // namespace gitsync
