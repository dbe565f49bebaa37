#include "server/rpc/call/call.h"

#include <google/protobuf/descriptor.h>
#include <grpc/support/time.h>

#include <algorithm>
#include <vector>

#include "absl/strings/strip.h"
#include "server/base/error.h"
#include "server/base/logging.h"
#include "server/base/reason.h"
#include "server/base/secret.h"
#include "server/base/status_macros.h"
#include "server/base/steady_clock.h"
#include "server/base/uuid.h"
#include "server/resource/validation.h"
#include "server/rpc/call/grpc_status.h"
#include "server/security/access_token.h"

namespace gitsync {
namespace {

constexpr char kRequestIdKey[] = "x-request-id";
constexpr char kAuthorizationKey[] = "authorization";

absl::string_view View(const grpc::string_ref& ref) {
  return absl::string_view(ref.data(), ref.size());
}

std::string RequestIdOf(const grpc::CallbackServerContext& context) {
  const auto found = context.client_metadata().find(kRequestIdKey);
  if (found != context.client_metadata().end()) {
    const absl::string_view given = View(found->second);
    if (!given.empty() &&
        Violations().CheckRequestId(kRequestIdKey, given).ToStatus().ok()) {
      return std::string(given);
    }
  }
  return NewUuid();
}

// Only if it has the form of an id: it is logged before anybody knows who sent it.
std::string OrganizationOf(const google::protobuf::Message& request) {
  std::string id = StringField(request, "organization_id");
  return IsUuid(id) ? id : "";
}

// The time that is left, on the clock that gRPC measures it with.
absl::Time DeadlineOf(const grpc::CallbackServerContext& context) {
  const gpr_timespec deadline = context.raw_deadline();
  if (gpr_time_cmp(deadline, gpr_inf_future(deadline.clock_type)) == 0) {
    return absl::InfiniteFuture();
  }
  const gpr_timespec left = gpr_time_sub(deadline, gpr_now(deadline.clock_type));
  return SteadyNow() + absl::Seconds(left.tv_sec) + absl::Nanoseconds(left.tv_nsec);
}

}  // namespace

Call::Call(grpc::CallbackServerContext* context,
           const google::protobuf::Message& request, absl::Duration time_limit)
    : context_(context),
      start_(SteadyNow()),
      method_(MethodOf(request)),
      organization_id_(OrganizationOf(request)) {
  scope_.context.deadline = std::min(DeadlineOf(*context), start_ + time_limit);
  scope_.request_id = RequestIdOf(*context);
  context->AddInitialMetadata(kRequestIdKey, scope_.request_id);
  context->AddTrailingMetadata(kRequestIdKey, scope_.request_id);
}

absl::Status Call::Authenticate(CallerCache& callers, const Clock& clock) {
  const auto& metadata = context_->client_metadata();
  const auto found = metadata.find(kAuthorizationKey);
  if (found == metadata.end() || metadata.count(kAuthorizationKey) > 1) {
    return Error(absl::StatusCode::kUnauthenticated, reason::kMissingCredentials,
                 "The request has no credentials, or more than one; send an access "
                 "token as `authorization: Bearer <token>`.");
  }
  ASSIGN_OR_RETURN(const std::vector<Secret> candidates,
                   ParseAuthorization(View(found->second)));
  ASSIGN_OR_RETURN(scope_.caller, callers.Authenticate(candidates, clock.Now()));
  return absl::OkStatus();
}

grpc::Status Call::End(const absl::Status& status) {
  const absl::Status typed = Typed(status);
  const int64_t milliseconds = absl::ToInt64Milliseconds(SteadyNow() - start_);
  const Caller& caller = scope_.caller;
  const std::string& organization =
      caller.organization_id.empty() ? organization_id_ : caller.organization_id;
  Log(LogLevel::kInfo, "call",
      {{"method", method_},
       {"code", absl::StatusCodeToString(typed.code())},
       {"reason", ReasonOf(typed)},
       {"duration_ms", milliseconds},
       {"request_id", scope_.request_id},
       {"token", caller.token_name},
       {"token_id", caller.token_id},
       {"organization", organization}});
  if (absl::IsInternal(typed)) {
    Log(LogLevel::kError, "internal error",
        {{"method", method_}, {"request_id", scope_.request_id}, {"error", typed}});
  }
  return ToGrpcStatus(typed, scope_.request_id);
}

std::string MethodOf(const google::protobuf::Message& request) {
  const google::protobuf::Descriptor* type = request.GetDescriptor();
  const google::protobuf::FileDescriptor* file = type->file();
  const std::string name(absl::StripSuffix(type->name(), "Request"));
  for (int i = 0; i < file->service_count(); ++i) {
    const auto* method = file->service(i)->FindMethodByName(name);
    if (method != nullptr) return std::string(method->full_name());
  }
  return std::string(type->full_name());
}

std::string StringField(const google::protobuf::Message& request,
                        absl::string_view field) {
  const auto* descriptor = request.GetDescriptor()->FindFieldByName(std::string(field));
  if (descriptor == nullptr ||
      descriptor->cpp_type() != google::protobuf::FieldDescriptor::CPPTYPE_STRING ||
      descriptor->is_repeated()) {
    return "";
  }
  return request.GetReflection()->GetString(request, descriptor);
}

}  // namespace gitsync
