#include "server/base/context.h"

#include <sys/eventfd.h>
#include <unistd.h>

#include <algorithm>
#include <cstdint>
#include <utility>

#include "server/base/error.h"
#include "server/base/reason.h"
#include "server/base/steady_clock.h"

namespace gitsync {

Cancellation::Registration& Cancellation::Registration::operator=(
    Registration&& other) noexcept {
  std::swap(owner_, other.owner_);
  std::swap(id_, other.id_);
  return *this;
}

Cancellation::Registration::~Registration() {
  if (owner_ == nullptr) return;
  absl::MutexLock lock(&owner_->mutex_);
  owner_->callbacks_.erase(id_);
}

Cancellation::~Cancellation() {
  if (fd_ >= 0) close(fd_);
}

void Cancellation::Cancel(Cause cause) {
  // Callbacks run under the lock, so that destroying a registration waits for them.
  absl::MutexLock lock(&mutex_);
  if (cancelled_) return;
  cancelled_ = true;
  cause_ = cause;
  if (fd_ >= 0) eventfd_write(fd_, 1);
  for (const auto& [id, callback] : callbacks_) callback();
  callbacks_.clear();
}

bool Cancellation::IsCancelled() const {
  absl::MutexLock lock(&mutex_);
  return cancelled_;
}

bool Cancellation::IsCutByShutdown() const {
  absl::MutexLock lock(&mutex_);
  return cancelled_ && cause_ == Cause::kShutdown;
}

int Cancellation::PollFd() {
  absl::MutexLock lock(&mutex_);
  if (fd_ < 0) fd_ = eventfd(cancelled_ ? 1 : 0, EFD_CLOEXEC | EFD_NONBLOCK);
  return fd_;
}

Cancellation::Registration Cancellation::OnCancel(std::function<void()> callback) {
  absl::MutexLock lock(&mutex_);
  if (cancelled_) {
    callback();
    return Registration();
  }
  const int id = next_id_++;
  callbacks_.emplace(id, std::move(callback));
  return Registration(this, id);
}

absl::Status Context::Check() const {
  if (cancellation->IsCancelled()) {
    return Error(absl::StatusCode::kCancelled, reason::kCancelled,
                 "The request was cancelled.");
  }
  if (SteadyNow() >= deadline) {
    return Error(
        absl::StatusCode::kDeadlineExceeded, reason::kDeadlineExceeded,
        "The time for this request ran out; repeat it with a longer deadline.");
  }
  return absl::OkStatus();
}

Context Context::WithDeadline(absl::Time other) const {
  Context limited = *this;
  limited.deadline = std::min(deadline, other);
  return limited;
}

}  // namespace gitsync
