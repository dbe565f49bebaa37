// Runs the handlers of calls on our own threads, so that gRPC's threads are free to
// serve connections. The exception is one short read at a time (RunRead).
//
// Lifetime of a unary call: the reactor is created when the call arrives. It is deleted
// in OnDone, which gRPC calls once the reactor has been finished and no other reaction
// runs. Request, response and server context live until then. Whoever holds the call
// may use them until he finishes it, and must not touch anything of it afterwards. Each
// call is finished exactly once: by its handler, or here if it is not admitted. A
// handler is never interrupted: cancellation and deadline reach it through its Context,
// and it still finishes.

#ifndef GITSYNC_SERVER_RPC_CALL_DISPATCHER_H_
#define GITSYNC_SERVER_RPC_CALL_DISPATCHER_H_

#include <google/protobuf/message.h>
#include <grpcpp/support/server_callback.h>

#include <functional>
#include <utility>

#include "absl/status/status.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"
#include "server/base/clock.h"
#include "server/base/executor.h"
#include "server/rpc/call/call.h"
#include "server/rpc/call/call_admission.h"
#include "server/rpc/call/caller_cache.h"
#include "storage/store.h"

namespace gitsync {

// Runs calls. Thread-safe.
class Dispatcher {
 public:
  struct Options {
    // The longest time that a unary call may take, whatever its own deadline.
    absl::Duration time_limit = absl::Minutes(5);
    // For work that blocks on the local disk.
    int threads = 8;
    int queue_limit = 2000;
    // For work that keeps a processor busy for up to seconds: generating keys.
    int slow_threads = 1;
    int slow_queue_limit = 100;
    CallAdmission::Options gate;
  };

  // Finishes a call. Call it once, from any thread. Does not block.
  using Finish = std::function<void(absl::Status)>;

  // `store` and `clock` must outlive this object; it must outlive every call.
  Dispatcher(const Store* store, const Clock* clock, const Options& options);

  // Runs `handler`, an absl::Status(const CallScope&, const Request&, Response*), on
  // one of our threads once the caller is known. It may block on the store.
  //
  // Besides its own errors, a call can get those of Call::Authenticate,
  // CallAdmission::Admit and Context::Check, and RESOURCE_EXHAUSTED (SERVER_BUSY) if
  // too much is queued.
  template <typename Request, typename Response, typename Handler>
  grpc::ServerUnaryReactor* Run(grpc::CallbackServerContext* context,
                                const Request* request, Response* response,
                                Handler handler) {
    return Start(context, *request, response, executor_,
                 InOneGo(request, response, std::move(handler)));
  }

  // The same for a handler that reads a few rows. It runs on gRPC's own thread, which
  // saves a call two thread switches, unless another read is running there. So a
  // stalled disk holds up only one of gRPC's threads, of which there are at least two.
  template <typename Request, typename Response, typename Handler>
  grpc::ServerUnaryReactor* RunRead(grpc::CallbackServerContext* context,
                                    const Request* request, Response* response,
                                    Handler handler) {
    return Start(context, *request, response, executor_,
                 InOneGo(request, response, std::move(handler)), &in_place_);
  }

  // The same for a handler that keeps a processor busy.
  template <typename Request, typename Response, typename Handler>
  grpc::ServerUnaryReactor* RunSlow(grpc::CallbackServerContext* context,
                                    const Request* request, Response* response,
                                    Handler handler) {
    return Start(context, *request, response, slow_executor_,
                 InOneGo(request, response, std::move(handler)));
  }

  // The same for a handler that ends later: a void(const CallScope&, const Request&,
  // Response*, Finish). Scope, request and response are valid until it calls Finish.
  template <typename Request, typename Response, typename Handler>
  grpc::ServerUnaryReactor* RunAsync(grpc::CallbackServerContext* context,
                                     const Request* request, Response* response,
                                     Handler handler) {
    return Start(context, *request, response, executor_,
                 [request, response, handler = std::move(handler)](
                     const CallScope& scope, const Finish& finish) {
                   handler(scope, *request, response, finish);
                 });
  }

  // Runs the last part of a call, which blocks on the store, on one of our threads, or
  // on this thread if all are busy: a call whose work is done is no longer refused.
  void RunLast(std::function<void()> task);

  CallAdmission& gate() { return gate_; }
  CallerCache& callers() { return callers_; }
  Executor& executor() { return executor_; }
  const Store& store() const { return *store_; }
  const Clock& clock() const { return *clock_; }

 private:
  class UnaryCall;
  using Body = std::function<void(const CallScope&, const Finish&)>;

  // Finishes a call with the result of its handler.
  template <typename Request, typename Response, typename Handler>
  static Body InOneGo(const Request* request, Response* response, Handler handler) {
    return [request, response, handler = std::move(handler)](const CallScope& scope,
                                                             const Finish& finish) {
      finish(handler(scope, *request, response));
    };
  }

  // Runs `body` on a thread of `executor`, or on this thread if `in_place` is given and
  // nobody holds it.
  grpc::ServerUnaryReactor* Start(grpc::CallbackServerContext* context,
                                  const google::protobuf::Message& request,
                                  google::protobuf::Message* response,
                                  Executor& executor, Body body,
                                  absl::Mutex* in_place = nullptr);

  const Store* const store_;
  const Clock* const clock_;
  const absl::Duration time_limit_;
  CallerCache callers_;
  CallAdmission gate_;
  Executor executor_;
  Executor slow_executor_;
  absl::Mutex in_place_;  // held while a read runs on gRPC's thread
};

}  // namespace gitsync

#endif  // GITSYNC_SERVER_RPC_CALL_DISPATCHER_H_
