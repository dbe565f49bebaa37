#include "server/rpc/call/unreadable_request.h"

#include <atomic>

#include "absl/time/time.h"
#include "server/base/error.h"
#include "server/base/logging.h"
#include "server/base/reason.h"
#include "server/base/steady_clock.h"
#include "server/base/uuid.h"
#include "server/rpc/call/grpc_status.h"

namespace gitsync {
namespace {

using grpc::experimental::InterceptionHookPoints;
using grpc::experimental::Interceptor;
using grpc::experimental::InterceptorBatchMethods;
using grpc::experimental::ServerRpcInfo;

constexpr int kMaxLinesPerSecond = 10;

// Calls that are reset before they are read can come by the ten thousand. In each
// second the first few have a line each, and the next line has the number of the
// others.
void LogUnread(absl::string_view method, absl::string_view request_id) {
  static absl::Mutex mutex(absl::kConstInit);
  static int64_t second = 0;
  static int64_t calls = 0;
  int64_t unlogged = 0;
  {
    absl::MutexLock lock(&mutex);
    const int64_t now = absl::ToUnixSeconds(SteadyNow());
    if (now != second) {
      unlogged = std::max<int64_t>(0, calls - kMaxLinesPerSecond);
      second = now;
      calls = 0;
    }
    if (++calls > kMaxLinesPerSecond) return;
  }
  Log(LogLevel::kInfo, "call not read",
      {{"method", method}, {"request_id", request_id}, {"unlogged_before", unlogged}});
}

class UnreadableRequestInterceptor : public Interceptor {
 public:
  explicit UnreadableRequestInterceptor(ServerRpcInfo* info) : info_(info) {}

  void Intercept(InterceptorBatchMethods* methods) override {
    if (methods->QueryInterceptionHookPoint(InterceptionHookPoints::PRE_SEND_STATUS)) {
      const grpc::Status status = methods->GetSendStatus();
      // All our errors have a message. None of our methods has this type, but gRPC uses
      // it for calls of methods that do not exist.
      if (info_->type() != ServerRpcInfo::Type::BIDI_STREAMING &&
          status.error_code() == grpc::StatusCode::UNIMPLEMENTED &&
          status.error_message().empty()) {
        methods->ModifySendStatus(Explain());
      }
    }
    methods->Proceed();
  }

 private:
  grpc::Status Explain() const {
    const std::string request_id = NewUuid();
    LogUnread(info_->method(), request_id);
    return ToGrpcStatus(
        Error(absl::StatusCode::kInvalidArgument, reason::kInvalidRequest,
              "The request could not be read: it is not a message of this method, or "
              "some text in it is not valid UTF-8."),
        request_id);
  }

  ServerRpcInfo* const info_;
};

class Factory : public grpc::experimental::ServerInterceptorFactoryInterface {
 public:
  Interceptor* CreateServerInterceptor(ServerRpcInfo* info) override {
    return new UnreadableRequestInterceptor(info);
  }
};

}  // namespace

std::vector<std::unique_ptr<grpc::experimental::ServerInterceptorFactoryInterface>>
ExplainUnreadableRequests() {
  std::vector<std::unique_ptr<grpc::experimental::ServerInterceptorFactoryInterface>>
      factories;
  factories.push_back(std::make_unique<Factory>());
  return factories;
}

}  // namespace gitsync
