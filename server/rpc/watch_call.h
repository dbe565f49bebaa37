// The stream of WatchOperation.
//
// No thread waits for it. It advances when the operation changes, when gRPC has written
// a message, or when it is cancelled. While a message is being written, newer states
// replace older ones, so a slow caller skips states but always gets the last one.
//
// Lifetime: it is deleted in OnDone, after it was finished. It finishes itself only
// when no write is in progress and Begin has ended. The operation's watch and the
// registration for cancellation are destroyed first, which waits for their callbacks.

#ifndef GITSYNC_SERVER_RPC_WATCH_CALL_H_
#define GITSYNC_SERVER_RPC_WATCH_CALL_H_

#include <grpcpp/support/server_callback.h>

#include <memory>
#include <optional>
#include <string>

#include "absl/status/status.h"
#include "absl/synchronization/mutex.h"
#include "gitsync/v1/operation_service.pb.h"
#include "server/operation/operation_runner.h"
#include "server/rpc/call/call.h"
#include "server/rpc/call/call_admission.h"
#include "server/rpc/call/dispatcher.h"
#include "storage/store.h"

namespace gitsync {

class WatchCall : public grpc::ServerWriteReactor<v1::WatchOperationResponse> {
 public:
  // Owns itself. `dispatcher` and `runner` must outlive it; `request` lives until
  // OnDone.
  static WatchCall* Start(Dispatcher* dispatcher, OperationRunner* runner,
                          grpc::CallbackServerContext* context,
                          const v1::WatchOperationRequest* request);

  void OnWriteDone(bool ok) override;
  void OnCancel() override;
  void OnDone() override;

 private:
  WatchCall(Dispatcher* dispatcher, OperationRunner* runner,
            grpc::CallbackServerContext* context,
            const v1::WatchOperationRequest* request);

  // Checks the caller and finds the operation. Runs on a thread that may block.
  void Begin();
  absl::Status Subscribe();

  // Takes a new state of the operation.
  void Offer(const OperationRow& row);
  // Makes the stream end with `status` as soon as possible.
  void Fail(const absl::Status& status);
  // Writes or finishes, if there is something to do and nothing else is in progress.
  void Advance();

  Dispatcher* const dispatcher_;
  OperationRunner* const runner_;
  const v1::WatchOperationRequest* const request_;
  Call call_;
  const std::shared_ptr<Cancellation> cancellation_;
  CallAdmission::Ticket ticket_;

  absl::Mutex mutex_;
  // Begin is running, or a write is in progress; when it ends, it calls Advance.
  bool busy_ ABSL_GUARDED_BY(mutex_) = true;
  bool finished_ ABSL_GUARDED_BY(mutex_) = false;
  // Nothing comes after `next_`, or after the last message written.
  bool last_ ABSL_GUARDED_BY(mutex_) = false;
  absl::Status failure_ ABSL_GUARDED_BY(mutex_);
  std::optional<OperationRow> next_ ABSL_GUARDED_BY(mutex_);
  // Belongs to gRPC while it is being written.
  v1::WatchOperationResponse message_;

  std::unique_ptr<OperationRunner::Watch> watch_;
  std::optional<Cancellation::Registration> on_cancel_;
};

}  // namespace gitsync

#endif  // GITSYNC_SERVER_RPC_WATCH_CALL_H_
