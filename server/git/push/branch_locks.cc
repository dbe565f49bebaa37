#include "server/git/push/branch_locks.h"

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "server/base/steady_clock.h"

namespace gitsync {

BranchLocks::Lock::~Lock() {
  if (owner_ == nullptr) return;
  absl::MutexLock lock(&owner_->mutex_);
  owner_->Leave(key_, owner_->queues_[key_].front());
}

void BranchLocks::Leave(const std::string& key, int64_t ticket) {
  const auto queue = queues_.find(key);
  std::deque<int64_t>& tickets = queue->second;
  tickets.erase(std::find(tickets.begin(), tickets.end(), ticket));
  if (tickets.empty()) queues_.erase(queue);
  changed_.SignalAll();
}

absl::StatusOr<BranchLocks::Lock> BranchLocks::Take(const GitUrl& remote,
                                                    const std::string& branch,
                                                    const Context& context) {
  // No line break is in a URL.
  const std::string key =
      absl::StrCat(remote.host, ":", remote.port, "\n", remote.path, "\n", branch);
  // Registered before the lock is taken: the callback needs it.
  const Cancellation::Registration wake = context.cancellation->OnCancel([this] {
    absl::MutexLock lock(&mutex_);
    changed_.SignalAll();
  });
  absl::MutexLock lock(&mutex_);
  const int64_t ticket = next_ticket_++;
  std::deque<int64_t>& queue = queues_[key];
  queue.push_back(ticket);
  while (queue.front() != ticket) {
    // Asking the cancellation under our lock would be the callback's order reversed.
    mutex_.Unlock();
    const absl::Status status = context.Check();
    mutex_.Lock();
    if (!status.ok()) {
      Leave(key, ticket);
      return status;
    }
    if (queue.front() == ticket) break;
    // A cancellation between the question and the wait is noticed a little later.
    changed_.WaitWithTimeout(
        &mutex_, std::min(context.deadline - SteadyNow(), absl::Milliseconds(50)));
  }
  return Lock(this, key);
}

}  // namespace gitsync
