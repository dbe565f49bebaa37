// The limits of a piece of work: how long it may take, and whether anybody still
// wants it. Passed down from the RPC to every read and write on a remote.

#ifndef GITSYNC_SERVER_BASE_CONTEXT_H_
#define GITSYNC_SERVER_BASE_CONTEXT_H_

#include <functional>
#include <map>
#include <memory>
#include <string>

#include "absl/status/status.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"

namespace gitsync {

// Tells running work to stop. Thread-safe.
class Cancellation {
 public:
  // Keeps a callback registered. The destructor unregisters it, waiting for a run in
  // progress on another thread.
  class Registration {
   public:
    Registration() = default;
    Registration(Cancellation* owner, int id) : owner_(owner), id_(id) {}
    Registration(Registration&& other) noexcept { *this = std::move(other); }
    Registration& operator=(Registration&& other) noexcept;
    ~Registration();

   private:
    Cancellation* owner_ = nullptr;
    int id_ = 0;
  };

  Cancellation() = default;
  ~Cancellation();
  Cancellation(const Cancellation&) = delete;
  Cancellation& operator=(const Cancellation&) = delete;

  enum class Cause { kCaller, kShutdown };

  // Cancels, and runs the callbacks on this thread. Only the first call has an effect.
  void Cancel(Cause cause = Cause::kCaller);

  bool IsCancelled() const;
  // Whether it was cancelled by a shutdown rather than by the caller.
  bool IsCutByShutdown() const;

  // A file descriptor that polls readable once cancelled, for code that waits on a
  // socket. Owned by this object. -1 if the system has no descriptor left; then poll
  // with a timeout of at most a second, and check IsCancelled.
  int PollFd();

  // Runs `callback` on cancellation, or immediately if already cancelled. The callback
  // must not block and must not call into this object. This object must outlive the
  // registration.
  [[nodiscard]] Registration OnCancel(std::function<void()> callback);

 private:
  mutable absl::Mutex mutex_;
  bool cancelled_ ABSL_GUARDED_BY(mutex_) = false;
  Cause cause_ ABSL_GUARDED_BY(mutex_) = Cause::kCaller;
  int fd_ ABSL_GUARDED_BY(mutex_) = -1;
  int next_id_ ABSL_GUARDED_BY(mutex_) = 1;
  std::map<int, std::function<void()>> callbacks_ ABSL_GUARDED_BY(mutex_);
};

// Deadline and cancellation of a piece of work. Cheap to copy.
struct Context {
  absl::Time deadline = absl::InfiniteFuture();
  // Never null.
  std::shared_ptr<Cancellation> cancellation = std::make_shared<Cancellation>();

  // OK, or CANCELLED (CANCELLED), or DEADLINE_EXCEEDED (DEADLINE_EXCEEDED).
  absl::Status Check() const;

  // The same context, ending at `other` if that is sooner.
  Context WithDeadline(absl::Time other) const;
};

}  // namespace gitsync

#endif  // GITSYNC_SERVER_BASE_CONTEXT_H_
