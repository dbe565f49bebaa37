#include "server/rpc/call/grpc_status.h"

#include <algorithm>
#include <string>

#include "absl/strings/str_cat.h"
#include "google/rpc/error_details.pb.h"
#include "google/rpc/status.pb.h"
#include "server/base/error.h"
#include "server/base/reason.h"
#include "server/base/rpc_status.h"

namespace gitsync {
namespace {

// In base64, and together with the message, this is still well under 8 KiB.
constexpr size_t kMaxDetailsBytes = 4000;
constexpr size_t kMaxErrorTextBytes = 1000;

// Shortens `text` to at most `size` bytes, not within a UTF-8 character.
void CutText(size_t size, std::string& text) {
  if (text.size() <= size) return;
  while (size > 0 && (static_cast<unsigned char>(text[size]) & 0xc0) == 0x80) --size;
  text.resize(size);
}

// Halves the longest value of the metadata, after a whole line if it has several.
bool CutLongestValue(google::rpc::ErrorInfo& info) {
  auto& metadata = *info.mutable_metadata();
  const auto longest = std::max_element(
      metadata.begin(), metadata.end(), [](const auto& a, const auto& b) {
        // The map is unordered, so its keys break ties.
        return std::make_pair(a.second.size(), a.first) <
               std::make_pair(b.second.size(), b.first);
      });
  if (longest == metadata.end() || longest->second.size() < 64) return false;
  std::string& value = longest->second;
  const size_t half = value.size() / 2;
  const size_t line = value.rfind('\n', half);
  CutText(line == std::string::npos || line == 0 ? half : line, value);
  return true;
}

bool CutLastViolation(google::rpc::BadRequest& bad_request) {
  if (bad_request.field_violations_size() < 2) return false;
  bad_request.mutable_field_violations()->RemoveLast();
  return true;
}

template <typename Message>
bool CutPacked(bool (*cut)(Message&), google::protobuf::Any& any) {
  Message message;
  if (!any.UnpackTo(&message) || !cut(message)) return false;
  any.set_value(SerializeSorted(message));
  return true;
}

// Shortens the details by one step; false if nothing can be cut.
bool CutDetails(google::rpc::Status& status) {
  for (google::protobuf::Any& any : *status.mutable_details()) {
    if (any.Is<google::rpc::BadRequest>() && CutPacked(&CutLastViolation, any)) {
      return true;
    }
  }
  for (google::protobuf::Any& any : *status.mutable_details()) {
    if (any.Is<google::rpc::ErrorInfo>() && CutPacked(&CutLongestValue, any)) {
      return true;
    }
  }
  return false;
}

}  // namespace

absl::Status Typed(const absl::Status& status) {
  if (status.ok() || !ReasonOf(status).empty()) return status;
  switch (status.code()) {
    case absl::StatusCode::kCancelled:
      return Error(status.code(), reason::kCancelled, status.message());
    case absl::StatusCode::kDeadlineExceeded:
      return Error(status.code(), reason::kDeadlineExceeded, status.message());
    default:
      return InternalError(absl::StrCat(
          "an error without a reason: ", absl::StatusCodeToString(status.code()), ": ",
          status.message()));
  }
}

grpc::Status ToGrpcStatus(const absl::Status& status, absl::string_view request_id) {
  if (status.ok()) return grpc::Status::OK;
  std::string message(status.message());
  CutText(kMaxErrorTextBytes, message);

  google::rpc::Status details = ToRpcStatus(status);
  details.set_message(message);
  AddRequestInfo(request_id, &details);
  while (details.ByteSizeLong() > kMaxDetailsBytes && CutDetails(details)) {
  }
  return grpc::Status(static_cast<grpc::StatusCode>(status.code()), message,
                      details.SerializeAsString());
}

}  // namespace gitsync
