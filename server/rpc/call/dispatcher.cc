#include "server/rpc/call/dispatcher.h"

#include <memory>

#include "server/base/error.h"
#include "server/rpc/call/valid_text.h"

namespace gitsync {

class Dispatcher::UnaryCall : public grpc::ServerUnaryReactor {
 public:
  UnaryCall(Dispatcher* dispatcher, grpc::CallbackServerContext* context,
            const google::protobuf::Message& request,
            google::protobuf::Message* response)
      : dispatcher_(dispatcher),
        response_(response),
        call_(context, request, dispatcher->time_limit_),
        cancellation_(call_.scope().context.cancellation) {}

  // Finishes this call: at once if it is not admitted, in place if `in_place` is given
  // and free, else from a thread of `executor`.
  void Start(const google::protobuf::Message& request, Executor& executor, Body body,
             absl::Mutex* in_place) {
    absl::StatusOr<CallAdmission::Ticket> ticket = dispatcher_->gate_.Admit(
        static_cast<int64_t>(request.ByteSizeLong()), cancellation_);
    if (!ticket.ok()) return End(ticket.status());
    ticket_ = *std::move(ticket);
    body_ = std::move(body);
    if (in_place != nullptr && in_place->TryLock()) {
      Work();
      in_place->Unlock();
    } else if (!executor.Run([this] { Work(); })) {
      End(ServerBusy());
    }
  }

  void OnCancel() override { cancellation_->Cancel(); }
  void OnDone() override { delete this; }
  // What this reactor does when a call ends or is cancelled never blocks, nor may
  // callbacks that others register with Cancellation::OnCancel. So gRPC need not change
  // threads.
  bool InternalInlineable() override { return true; }

 private:
  void Work() {
    absl::Status status = call_.scope().context.Check();
    if (status.ok()) {
      status = call_.Authenticate(dispatcher_->callers_, *dispatcher_->clock_);
    }
    if (!status.ok()) return End(status);
    // Moved out, since the call may be gone before the body returns.
    const Body body = std::move(body_);
    body(call_.scope(), [this](const absl::Status& result) { End(result); });
  }

  void End(const absl::Status& status) {
    if (status.ok()) MakeTextValid(*response_);
    // A call that the end of a drain cut was not cancelled by its caller.
    const bool cut = absl::IsCancelled(status) && cancellation_->IsCutByShutdown();
    Finish(call_.End(cut ? ShuttingDown() : status));
  }

  Dispatcher* const dispatcher_;
  google::protobuf::Message* const response_;
  Call call_;
  const std::shared_ptr<Cancellation> cancellation_;
  Body body_;
  // Released when this is destroyed: by then gRPC has sent the answer.
  CallAdmission::Ticket ticket_;
};

Dispatcher::Dispatcher(const Store* store, const Clock* clock, const Options& options)
    : store_(store),
      clock_(clock),
      time_limit_(options.time_limit),
      callers_(store),
      gate_(options.gate),
      executor_(options.threads, options.queue_limit),
      slow_executor_(options.slow_threads, options.slow_queue_limit) {}

void Dispatcher::RunLast(std::function<void()> task) {
  // Run gets a copy, so `task` is still valid if it is refused.
  if (!executor_.Run(task)) task();
}

grpc::ServerUnaryReactor* Dispatcher::Start(grpc::CallbackServerContext* context,
                                            const google::protobuf::Message& request,
                                            google::protobuf::Message* response,
                                            Executor& executor, Body body,
                                            absl::Mutex* in_place) {
  auto* call = new UnaryCall(this, context, request, response);
  call->Start(request, executor, std::move(body), in_place);
  return call;
}

}  // namespace gitsync
