#include "server/rpc/call/call_admission.h"

#include <algorithm>
#include <utility>
#include <vector>

#include "server/base/error.h"
#include "server/base/reason.h"

namespace gitsync {

CallAdmission::Ticket::Ticket(Ticket&& other) noexcept { *this = std::move(other); }

CallAdmission::Ticket& CallAdmission::Ticket::operator=(Ticket&& other) noexcept {
  std::swap(gate_, other.gate_);
  std::swap(id_, other.id_);
  std::swap(bytes_, other.bytes_);
  return *this;
}

CallAdmission::Ticket::~Ticket() {
  if (gate_ != nullptr) gate_->Leave(id_, bytes_);
}

absl::StatusOr<CallAdmission::Ticket> CallAdmission::Admit(
    int64_t request_bytes, std::shared_ptr<Cancellation> cancellation) {
  absl::MutexLock lock(&mutex_);
  if (closed_) return ShuttingDown();
  const bool full = static_cast<int64_t>(calls_.size()) >= options_.max_calls;
  const bool heavy =
      !calls_.empty() && bytes_ + request_bytes > options_.max_request_bytes;
  if (full || heavy) return ServerBusy();
  const int64_t id = next_id_++;
  bytes_ += request_bytes;
  calls_.emplace(id, std::move(cancellation));
  return Ticket(this, id, request_bytes);
}

void CallAdmission::Close() {
  absl::MutexLock lock(&mutex_);
  closed_ = true;
}

bool CallAdmission::AwaitIdle(absl::Time deadline) {
  const auto idle = [this]()
                        ABSL_SHARED_LOCKS_REQUIRED(mutex_) { return calls_.empty(); };
  absl::MutexLock lock(&mutex_);
  return mutex_.AwaitWithDeadline(absl::Condition(&idle), deadline);
}

void CallAdmission::CancelAll() {
  std::vector<std::shared_ptr<Cancellation>> cancellations;
  {
    absl::MutexLock lock(&mutex_);
    for (const auto& [id, cancellation] : calls_) cancellations.push_back(cancellation);
  }
  // Outside the lock, because a cancelled call may leave at once. The last calls come
  // first: a call that waits for another call's outcome, or watches it, came after that
  // call. It is told that the server is shutting down before it sees how the shutdown
  // affected the other call.
  std::for_each(cancellations.rbegin(), cancellations.rend(),
                [](const auto& cancellation) {
                  cancellation->Cancel(Cancellation::Cause::kShutdown);
                });
}

void CallAdmission::Leave(int64_t id, int64_t bytes) {
  absl::MutexLock lock(&mutex_);
  bytes_ -= bytes;
  calls_.erase(id);
}

absl::Status ServerBusy() {
  return Error(absl::StatusCode::kResourceExhausted, reason::kServerBusy,
               "The server has more work waiting than it takes on; repeat the request "
               "in a moment.")
      .RetryAfter(absl::Seconds(1));
}

}  // namespace gitsync
