#include "server/gateway/http/http_error.h"

#include <google/protobuf/util/json_util.h>
#include <google/protobuf/wrappers.pb.h>

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "google/rpc/error_details.pb.h"
#include "server/base/error.h"
#include "server/base/reason.h"
#include "server/base/rpc_status.h"
#include "server/base/utf8.h"

namespace gitsync::gateway {
namespace {

using google::protobuf::util::MessageToJsonString;

std::string QuotedJson(const std::string& text) {
  google::protobuf::StringValue value;
  value.set_value(IsUtf8(text) ? text : "The error's message is not UTF-8.");
  std::string json;
  return MessageToJsonString(value, &json).ok() ? json : "\"\"";
}

// Replaces an error that gRPC itself raised: its message names addresses and gRPC
// internals.
absl::Status OwnErrorOf(const grpc::Status& status) {
  switch (status.error_code()) {
    case grpc::StatusCode::UNAVAILABLE:
      return Error(
                 absl::StatusCode::kUnavailable, reason::kBackendUnavailable,
                 "The server behind this gateway can't be reached; repeat the request "
                 "in a moment.")
          .RetryAfter(absl::Seconds(1));
    case grpc::StatusCode::DEADLINE_EXCEEDED:
      return Error(absl::StatusCode::kDeadlineExceeded, reason::kDeadlineExceeded,
                   "The request took longer than Grpc-Timeout or this server's limit "
                   "allows; whether it had an effect is not known.");
    case grpc::StatusCode::CANCELLED:
      return Error(absl::StatusCode::kCancelled, reason::kCancelled,
                   "The request was cancelled.");
    case grpc::StatusCode::UNIMPLEMENTED:
      return Error(absl::StatusCode::kUnimplemented, reason::kUnsupported,
                   "The server behind this gateway does not have this method.");
    case grpc::StatusCode::RESOURCE_EXHAUSTED:
      return Error(absl::StatusCode::kResourceExhausted, reason::kServerBusy,
                   "The request or its answer is larger than the server takes, or it "
                   "has no memory for it now.");
    default:
      return InternalError(
          absl::StrCat("the backend's error ", status.error_code(), " has no details"));
  }
}

// Seconds to wait, rounded up; 0 if the error does not specify a delay.
int64_t RetrySeconds(const google::rpc::Status& error) {
  for (const google::protobuf::Any& detail : error.details()) {
    google::rpc::RetryInfo retry;
    if (!detail.Is<google::rpc::RetryInfo>() || !detail.UnpackTo(&retry)) continue;
    const google::protobuf::Duration& delay = retry.retry_delay();
    return std::max<int64_t>(1, delay.seconds() + (delay.nanos() > 0 ? 1 : 0));
  }
  return 0;
}

// Whether the caller must authenticate, as opposed to this server at a git remote.
bool WantsCredentials(const google::rpc::Status& error) {
  for (const google::protobuf::Any& detail : error.details()) {
    google::rpc::ErrorInfo info;
    if (!detail.Is<google::rpc::ErrorInfo>() || !detail.UnpackTo(&info)) continue;
    return info.reason() == reason::kMissingCredentials ||
           info.reason() == reason::kInvalidCredentials;
  }
  return false;
}

}  // namespace

int HttpStatusOf(int grpc_code) {
  switch (grpc_code) {
    case grpc::StatusCode::OK:
      return 200;
    case grpc::StatusCode::CANCELLED:
      return 499;
    case grpc::StatusCode::INVALID_ARGUMENT:
    case grpc::StatusCode::FAILED_PRECONDITION:
    case grpc::StatusCode::OUT_OF_RANGE:
      return 400;
    case grpc::StatusCode::UNAUTHENTICATED:
      return 401;
    case grpc::StatusCode::PERMISSION_DENIED:
      return 403;
    case grpc::StatusCode::NOT_FOUND:
      return 404;
    case grpc::StatusCode::ALREADY_EXISTS:
    case grpc::StatusCode::ABORTED:
      return 409;
    case grpc::StatusCode::RESOURCE_EXHAUSTED:
      return 429;
    case grpc::StatusCode::UNIMPLEMENTED:
      return 501;
    case grpc::StatusCode::UNAVAILABLE:
      return 503;
    case grpc::StatusCode::DEADLINE_EXCEEDED:
      return 504;
    default:
      return 500;
  }
}

google::rpc::Status ErrorOfCall(const grpc::Status& status) {
  google::rpc::Status error;
  if (error.ParseFromString(status.error_details()) && error.details_size() > 0) {
    error.set_code(status.error_code());
    error.set_message(status.error_message());
    return error;
  }
  return ToRpcStatus(OwnErrorOf(status));
}

std::string ErrorJson(const google::rpc::Status& error) {
  std::string json =
      absl::StrCat("{\"code\":", error.code(),
                   ",\"message\":", QuotedJson(error.message()), ",\"details\":[");
  bool first = true;
  for (const google::protobuf::Any& detail : error.details()) {
    std::string text;
    if (!MessageToJsonString(detail, &text).ok()) continue;
    absl::StrAppend(&json, first ? "" : ",", text);
    first = false;
  }
  absl::StrAppend(&json, "]}");
  return json;
}

HttpResponse ErrorResponse(google::rpc::Status error, absl::string_view request_id,
                           int http_status) {
  AddRequestInfo(request_id, &error);
  HttpResponse response;
  response.status = http_status != 0 ? http_status : HttpStatusOf(error.code());
  response.headers = {{"Content-Type", "application/json"},
                      {"Cache-Control", "no-store"}};
  const int64_t retry = RetrySeconds(error);
  if (retry > 0) response.headers.emplace_back("Retry-After", absl::StrCat(retry));
  if (response.status == 401 && WantsCredentials(error)) {
    // Basic is accepted too, but offering it makes browsers prompt their users.
    response.headers.emplace_back("WWW-Authenticate", "Bearer realm=\"gitsync\"");
  }
  response.body = ErrorJson(error);
  return response;
}

HttpResponse ErrorResponse(const absl::Status& status, absl::string_view request_id,
                           int http_status) {
  return ErrorResponse(ToRpcStatus(status), request_id, http_status);
}

}  // namespace gitsync::gateway
