#include "client/lib/error.h"

#include "absl/strings/cord.h"
#include "absl/strings/str_cat.h"
#include "google/rpc/error_details.pb.h"
#include "google/rpc/status.pb.h"

namespace gitsync::client {
namespace {

constexpr absl::string_view kRequestIdKey = "x-request-id";

template <typename Message>
std::string TypeUrl() {
  return absl::StrCat("type.googleapis.com/", Message::descriptor()->full_name());
}

template <typename Message>
void AddPayload(const Message& message, absl::Status& status) {
  status.SetPayload(TypeUrl<Message>(), absl::Cord(message.SerializeAsString()));
}

// Returns the payload of this type; an empty one if there is none, or if it can't be
// parsed.
template <typename Message>
Message PayloadOf(const absl::Status& status) {
  Message message;
  if (const auto payload = status.GetPayload(TypeUrl<Message>())) {
    if (!message.ParseFromString(std::string(*payload))) message.Clear();
  }
  return message;
}

using Metadata = std::multimap<grpc::string_ref, grpc::string_ref>;

std::string Find(const Metadata& metadata, absl::string_view key) {
  const auto found = metadata.find(grpc::string_ref(key.data(), key.size()));
  if (found == metadata.end()) return "";
  return std::string(found->second.data(), found->second.size());
}

}  // namespace

ErrorDetails ErrorOf(const absl::Status& status) {
  ErrorDetails error;
  error.code = status.code();
  error.message = std::string(status.message());

  const auto info = PayloadOf<google::rpc::ErrorInfo>(status);
  error.reason = info.reason();
  error.metadata.insert(info.metadata().begin(), info.metadata().end());

  const auto bad_request = PayloadOf<google::rpc::BadRequest>(status);
  for (const auto& violation : bad_request.field_violations()) {
    error.field_violations.push_back({violation.field(), violation.description()});
  }

  const auto retry = PayloadOf<google::rpc::RetryInfo>(status);
  if (retry.has_retry_delay()) {
    error.retry_delay = absl::Seconds(retry.retry_delay().seconds()) +
                        absl::Nanoseconds(retry.retry_delay().nanos());
  }

  error.request_id = PayloadOf<google::rpc::RequestInfo>(status).request_id();
  return error;
}

absl::Status ToStatus(const grpc::Status& status, const grpc::ClientContext& context) {
  if (status.ok()) return absl::OkStatus();
  absl::Status result(static_cast<absl::StatusCode>(status.error_code()),
                      status.error_message());
  google::rpc::Status details;
  if (details.ParseFromString(status.error_details())) {
    for (const auto& detail : details.details()) {
      result.SetPayload(detail.type_url(), absl::Cord(detail.value()));
    }
  }

  std::string request_id = Find(context.GetServerTrailingMetadata(), kRequestIdKey);
  if (!request_id.empty()) {
    google::rpc::RequestInfo info;
    info.set_request_id(std::move(request_id));
    AddPayload(info, result);
  }
  return result;
}

absl::Status MakeError(absl::StatusCode code, absl::string_view reason,
                       absl::string_view message) {
  absl::Status result(code, message);
  google::rpc::ErrorInfo info;
  info.set_domain("gitsync");
  info.set_reason(std::string(reason));
  AddPayload(info, result);
  return result;
}

}  // namespace gitsync::client
