#include "server/git/branch_turns.h"

#include <algorithm>

#include "absl/time/clock.h"
#include "server/base/status_macros.h"

namespace gitsync {

BranchTurns::Turn::~Turn() {
  if (owner_ == nullptr) return;
  absl::MutexLock lock(&owner_->mutex_);
  owner_->taken_.erase(key_);
  owner_->changed_.SignalAll();
}

absl::StatusOr<BranchTurns::Turn> BranchTurns::Take(const std::string& mirror_id,
                                                    const std::string& branch,
                                                    const Context& context) {
  const std::pair<std::string, std::string> key(mirror_id, branch);
  // Registered before the lock is taken: the callback needs it.
  const Cancellation::Registration wake = context.cancellation->OnCancel([this] {
    absl::MutexLock lock(&mutex_);
    changed_.SignalAll();
  });
  absl::MutexLock lock(&mutex_);
  while (taken_.count(key) > 0) {
    // Asking the cancellation under our lock would be the callback's order reversed.
    mutex_.Unlock();
    const absl::Status status = context.Check();
    mutex_.Lock();
    RETURN_IF_ERROR(status);
    if (taken_.count(key) == 0) break;
    // A cancellation between the question and the wait is noticed a little later.
    changed_.WaitWithDeadline(
        &mutex_, std::min(context.deadline, absl::Now() + absl::Milliseconds(50)));
  }
  taken_.insert(key);
  return Turn(this, key);
}

}  // namespace gitsync
