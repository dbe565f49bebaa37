#include "client/lib/caller_interceptor.h"

#include <google/protobuf/message.h>

#include <cstdint>
#include <memory>
#include <random>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"

namespace gitsync::client {
namespace {

namespace grpcx = grpc::experimental;
using google::protobuf::FieldDescriptor;
using google::protobuf::Message;

// Returns a copy of `request` with a request id; null if it takes none or already has
// one.
std::unique_ptr<Message> WithRequestId(const Message& request) {
  const FieldDescriptor* field = request.GetDescriptor()->FindFieldByName("request_id");
  if (field == nullptr || field->cpp_type() != FieldDescriptor::CPPTYPE_STRING ||
      field->is_repeated()) {
    return nullptr;
  }
  std::string scratch;
  const auto* reflection = request.GetReflection();
  if (!reflection->GetStringReference(request, field, &scratch).empty()) return nullptr;

  std::unique_ptr<Message> copy(request.New());
  copy->CopyFrom(request);
  reflection->SetString(copy.get(), field, NewRequestId());
  return copy;
}

class CallerInterceptor final : public grpcx::Interceptor {
 public:
  CallerInterceptor(const std::string& authorization, bool unary)
      : authorization_(authorization), unary_(unary) {}

  void Intercept(grpcx::InterceptorBatchMethods* methods) override {
    using Hook = grpcx::InterceptionHookPoints;
    if (!authorization_.empty() &&
        methods->QueryInterceptionHookPoint(Hook::PRE_SEND_INITIAL_METADATA)) {
      methods->GetSendInitialMetadata()->emplace("authorization", authorization_);
    }
    // Every mutation is unary, and for unary calls the generated code passes a
    // MessageLite.
    if (unary_ && methods->QueryInterceptionHookPoint(Hook::PRE_SEND_MESSAGE)) {
      AddRequestId(*methods);
    }
    methods->Proceed();
  }

 private:
  void AddRequestId(grpcx::InterceptorBatchMethods& methods) {
    const void* sent = methods.GetSendMessage();
    // Null if the caller sends bytes that it serialized itself.
    if (sent == nullptr) return;
    const auto* request = dynamic_cast<const Message*>(
        static_cast<const google::protobuf::MessageLite*>(sent));
    if (request == nullptr) return;
    replacement_ = WithRequestId(*request);
    if (replacement_ == nullptr) return;
    methods.ModifySendMessage(
        static_cast<const google::protobuf::MessageLite*>(replacement_.get()));
  }

  const std::string& authorization_;
  const bool unary_;
  // Lives as long as the call, because the call only points to it.
  std::unique_ptr<Message> replacement_;
};

}  // namespace

CallerInterceptorFactory::CallerInterceptorFactory(std::string access_token)
    : authorization_(access_token.empty() ? ""
                                          : absl::StrCat("Bearer ", access_token)) {}

grpcx::Interceptor* CallerInterceptorFactory::CreateClientInterceptor(
    grpcx::ClientRpcInfo* info) {
  return new CallerInterceptor(authorization_,
                               info->type() == grpcx::ClientRpcInfo::Type::UNARY);
}

std::string NewRequestId() {
  std::random_device device;
  const auto next = [&device] {
    return (uint64_t{device()} << 32) | uint64_t{device() & 0xffffffffu};
  };
  const uint64_t high = (next() & 0xffffffffffff0fffull) | 0x4000ull;
  const uint64_t low = (next() & 0x3fffffffffffffffull) | 0x8000000000000000ull;
  return absl::StrFormat("%08x-%04x-%04x-%04x-%012x", high >> 32, (high >> 16) & 0xffff,
                         high & 0xffff, low >> 48, low & 0xffffffffffffull);
}

}  // namespace gitsync::client
