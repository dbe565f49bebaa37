#ifndef GITSYNC_SERVER_RPC_CALL_CALL_ADMISSION_H_
#define GITSYNC_SERVER_RPC_CALL_CALL_ADMISSION_H_

#include <cstdint>
#include <map>
#include <memory>

#include "absl/status/statusor.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"
#include "server/base/context.h"

namespace gitsync {

// Counts the running calls. Admits as many as there is room for. To drain, it admits no
// more, waits for the running calls, and cancels them. Thread-safe.
class CallAdmission {
 public:
  struct Options {
    int max_calls = 10000;
    // Of all running requests together. A single call is admitted whatever its size.
    int64_t max_request_bytes = int64_t{512} << 20;
  };

  // An admitted call, which leaves when this is destroyed. The CallAdmission must
  // outlive it.
  class Ticket {
   public:
    Ticket() = default;
    Ticket(CallAdmission* gate, int64_t id, int64_t bytes)
        : gate_(gate), id_(id), bytes_(bytes) {}
    Ticket(Ticket&& other) noexcept;
    Ticket& operator=(Ticket&& other) noexcept;
    ~Ticket();

   private:
    CallAdmission* gate_ = nullptr;
    int64_t id_ = 0;
    int64_t bytes_ = 0;
  };

  explicit CallAdmission(const Options& options) : options_(options) {}

  // Admits a call. `cancellation` is what CancelAll cancels.
  //
  //   UNAVAILABLE         (SHUTTING_DOWN) Close was called.
  //   RESOURCE_EXHAUSTED  (SERVER_BUSY) there is no room now.
  absl::StatusOr<Ticket> Admit(int64_t request_bytes,
                               std::shared_ptr<Cancellation> cancellation);

  // Admits no more calls.
  void Close();

  // Blocks until no call is running, or until `deadline`. Returns whether none is
  // running.
  bool AwaitIdle(absl::Time deadline);

  // Cancels every running call.
  void CancelAll();

 private:
  void Leave(int64_t id, int64_t bytes);

  const Options options_;
  absl::Mutex mutex_;
  bool closed_ ABSL_GUARDED_BY(mutex_) = false;
  int64_t next_id_ ABSL_GUARDED_BY(mutex_) = 1;
  int64_t bytes_ ABSL_GUARDED_BY(mutex_) = 0;
  std::map<int64_t, std::shared_ptr<Cancellation>> calls_ ABSL_GUARDED_BY(mutex_);
};

// RESOURCE_EXHAUSTED (SERVER_BUSY), with RetryInfo.
absl::Status ServerBusy();

}  // namespace gitsync

#endif  // GITSYNC_SERVER_RPC_CALL_CALL_ADMISSION_H_
