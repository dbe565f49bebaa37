#include "server/base/error.h"

#include "absl/strings/cord.h"
#include "absl/strings/str_cat.h"
#include "google/rpc/error_details.pb.h"
#include "server/base/reason.h"
#include "server/base/rpc_status.h"
#include "server/base/utf8.h"

namespace gitsync {
namespace {

constexpr absl::string_view kTypePrefix = "type.googleapis.com/";

template <typename Message>
std::string TypeUrl() {
  return absl::StrCat(kTypePrefix, Message::descriptor()->full_name());
}

template <typename Message>
void AddPayload(const Message& message, absl::Status& status) {
  status.SetPayload(TypeUrl<Message>(), absl::Cord(SerializeSorted(message)));
}

google::rpc::ErrorInfo ErrorInfoOf(const absl::Status& status) {
  google::rpc::ErrorInfo info;
  if (const auto payload = status.GetPayload(TypeUrl<google::rpc::ErrorInfo>())) {
    // A payload that can't be parsed is treated as empty.
    static_cast<void>(info.ParseFromString(std::string(*payload)));
  }
  return info;
}

}  // namespace

struct Error::Details {
  google::rpc::ErrorInfo info;
  google::rpc::BadRequest bad_request;
  google::rpc::RetryInfo retry;
};

Error::Error(absl::StatusCode code, absl::string_view reason, absl::string_view message)
    : code_(code),
      message_(ReplaceInvalidUtf8(message)),
      details_(std::make_unique<Details>()) {
  details_->info.set_domain(std::string(kErrorDomain));
  details_->info.set_reason(std::string(reason));
}

Error::~Error() = default;

Error& Error::With(absl::string_view key, absl::string_view value) {
  (*details_->info.mutable_metadata())[std::string(key)] = ReplaceInvalidUtf8(value);
  return *this;
}

Error& Error::Violation(absl::string_view field, absl::string_view description) {
  auto* violation = details_->bad_request.add_field_violations();
  violation->set_field(ReplaceInvalidUtf8(field));
  violation->set_description(ReplaceInvalidUtf8(description));
  return *this;
}

Error& Error::RetryAfter(absl::Duration delay) {
  details_->retry.mutable_retry_delay()->set_seconds(absl::ToInt64Seconds(delay));
  details_->retry.mutable_retry_delay()->set_nanos(
      static_cast<int32_t>((delay % absl::Seconds(1)) / absl::Nanoseconds(1)));
  return *this;
}

absl::Status Error::ToStatus() const {
  absl::Status status(code_, message_);
  AddPayload(details_->info, status);
  if (details_->bad_request.field_violations_size() > 0) {
    AddPayload(details_->bad_request, status);
  }
  if (details_->retry.has_retry_delay()) AddPayload(details_->retry, status);
  return status;
}

std::string ReasonOf(const absl::Status& status) {
  return ErrorInfoOf(status).reason();
}

std::string MetadataOf(const absl::Status& status, absl::string_view key) {
  const google::rpc::ErrorInfo info = ErrorInfoOf(status);
  const auto found = info.metadata().find(std::string(key));
  return found == info.metadata().end() ? std::string() : found->second;
}

std::optional<absl::Duration> RetryDelayOf(const absl::Status& status) {
  const auto payload = status.GetPayload(TypeUrl<google::rpc::RetryInfo>());
  google::rpc::RetryInfo retry;
  if (!payload || !retry.ParseFromString(std::string(*payload)) ||
      !retry.has_retry_delay()) {
    return std::nullopt;
  }
  return absl::Seconds(retry.retry_delay().seconds()) +
         absl::Nanoseconds(retry.retry_delay().nanos());
}

absl::Status WithMessage(const absl::Status& status, absl::string_view message) {
  absl::Status changed(status.code(), ReplaceInvalidUtf8(message));
  status.ForEachPayload([&](absl::string_view url, const absl::Cord& payload) {
    changed.SetPayload(url, payload);
  });
  return changed;
}

absl::Status WithReason(const absl::Status& status, absl::StatusCode code,
                        const absl::Status& typed) {
  return status.code() == code && ReasonOf(status).empty() ? typed : status;
}

absl::Status ShuttingDown() {
  return Error(absl::StatusCode::kUnavailable, reason::kShuttingDown,
               "The server is shutting down; repeat the request in a moment.")
      .RetryAfter(absl::Seconds(1));
}

}  // namespace gitsync
