#include "server/rpc/unreadable_request.h"

#include "server/base/error.h"
#include "server/base/logging.h"
#include "server/base/reason.h"
#include "server/base/uuid.h"
#include "server/rpc/grpc_status.h"

namespace gitsync {
namespace {

using grpc::experimental::InterceptionHookPoints;
using grpc::experimental::Interceptor;
using grpc::experimental::InterceptorBatchMethods;
using grpc::experimental::ServerRpcInfo;

class UnreadableRequestInterceptor : public Interceptor {
 public:
  explicit UnreadableRequestInterceptor(ServerRpcInfo* info) : info_(info) {}

  void Intercept(InterceptorBatchMethods* methods) override {
    if (methods->QueryInterceptionHookPoint(InterceptionHookPoints::PRE_SEND_STATUS)) {
      const grpc::Status status = methods->GetSendStatus();
      // Every error of ours has a message, and no method of ours has this type, but
      // gRPC gives it to calls of methods that there are not.
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
    Log(LogLevel::kInfo, "call not read",
        {{"method", info_->method()}, {"request_id", request_id}});
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
