#include "server/rpc/watch_call.h"

#include <utility>

#include "server/base/error.h"
#include "server/base/reason.h"
#include "server/base/status_macros.h"
#include "server/resource/access.h"
#include "server/resource/validation.h"
#include "server/rpc/call/valid_text.h"
#include "server/rpc/convert.h"

namespace gitsync {

WatchCall* WatchCall::Start(Dispatcher* dispatcher, OperationRunner* runner,
                            grpc::CallbackServerContext* context,
                            const v1::WatchOperationRequest* request) {
  auto* call = new WatchCall(dispatcher, runner, context, request);
  absl::StatusOr<CallAdmission::Ticket> ticket =
      dispatcher->gate().Admit(0, call->cancellation_);
  absl::Status refused = ticket.status();
  if (ticket.ok()) {
    call->ticket_ = *std::move(ticket);
    if (dispatcher->executor().Run([call] { call->Begin(); })) return call;
    refused = ServerBusy();
  }
  {
    absl::MutexLock lock(&call->mutex_);
    call->failure_ = refused;
    call->busy_ = false;
  }
  call->Advance();
  return call;
}

WatchCall::WatchCall(Dispatcher* dispatcher, OperationRunner* runner,
                     grpc::CallbackServerContext* context,
                     const v1::WatchOperationRequest* request)
    : dispatcher_(dispatcher),
      runner_(runner),
      request_(request),
      call_(context, *request, absl::InfiniteDuration()),
      cancellation_(call_.scope().context.cancellation) {}

void WatchCall::Begin() {
  const absl::Status status = Subscribe();
  {
    absl::MutexLock lock(&mutex_);
    if (failure_.ok()) failure_ = status;
    busy_ = false;
  }
  Advance();
}

absl::Status WatchCall::Subscribe() {
  // Registered before the check, which would report CANCELLED to a watch that a drain
  // ended.
  on_cancel_ = cancellation_->OnCancel([this] { Fail(ShuttingDown()); });
  RETURN_IF_ERROR(call_.scope().context.Check());
  RETURN_IF_ERROR(call_.Authenticate(dispatcher_->callers(), dispatcher_->clock()));
  RETURN_IF_ERROR(
      Violations().RequireUuid("operation_id", request_->operation_id()).ToStatus());
  const auto find = [this](OperationRow& row) {
    return dispatcher_->store().Read([&](const Transaction& tx) -> absl::Status {
      ASSIGN_OR_RETURN(
          row, FindOperation(tx, call_.scope().caller,
                             NormalizeUuid(request_->operation_id()), Role::kViewer));
      return absl::OkStatus();
    });
  };
  OperationRow row;
  RETURN_IF_ERROR(find(row));
  watch_ = runner_->Subscribe(row.id,
                              [this](const OperationRow& changed) { Offer(changed); });
  if (watch_ != nullptr) return absl::OkStatus();
  // It is not in progress here, or has ended since it was read: now the record is
  // final.
  RETURN_IF_ERROR(find(row));
  absl::MutexLock lock(&mutex_);
  next_ = row;
  last_ = true;
  return absl::OkStatus();
}

void WatchCall::Offer(const OperationRow& row) {
  {
    absl::MutexLock lock(&mutex_);
    next_ = row;
  }
  Advance();
}

void WatchCall::Fail(const absl::Status& status) {
  {
    absl::MutexLock lock(&mutex_);
    if (failure_.ok()) failure_ = status;
  }
  Advance();
}

void WatchCall::Advance() {
  absl::Status result;
  bool write = false;
  {
    absl::MutexLock lock(&mutex_);
    if (busy_ || finished_) return;
    if (failure_.ok() && next_.has_value()) {
      write = true;
      busy_ = true;
      last_ = last_ || next_->state != OperationState::kRunning;
      *message_.mutable_operation() = ToProto(*next_);
      MakeTextValid(message_);
      next_.reset();
    } else if (!failure_.ok() || last_) {
      finished_ = true;
      result = failure_;
    } else {
      return;
    }
  }
  // Outside the lock: gRPC may delete this object as soon as it is finished.
  if (write) {
    StartWrite(&message_);
  } else {
    Finish(call_.End(result));
  }
}

void WatchCall::OnWriteDone(bool ok) {
  {
    absl::MutexLock lock(&mutex_);
    busy_ = false;
    if (!ok && failure_.ok()) {
      failure_ = Error(absl::StatusCode::kCancelled, reason::kCancelled,
                       "The caller went away.");
    }
  }
  Advance();
}

void WatchCall::OnCancel() {
  Fail(
      Error(absl::StatusCode::kCancelled, reason::kCancelled, "The caller went away."));
}

void WatchCall::OnDone() {
  // Both calls wait for callbacks that use the other members.
  watch_.reset();
  on_cancel_.reset();
  delete this;
}

}  // namespace gitsync
