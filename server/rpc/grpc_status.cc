#include "server/rpc/grpc_status.h"

#include <algorithm>
#include <string>

#include "absl/strings/cord.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "google/rpc/error_details.pb.h"
#include "google/rpc/status.pb.h"
#include "server/base/error.h"
#include "server/base/reason.h"

namespace gitsync {
namespace {

constexpr absl::string_view kTypePrefix = "type.googleapis.com/";

// In base64, and with the message beside it, still well under 8 KiB.
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
      metadata.begin(), metadata.end(),
      [](const auto& a, const auto& b) { return a.second.size() < b.second.size(); });
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
  any.PackFrom(message);
  return true;
}

// Makes the details shorter by one step; false if nothing can be spared.
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

// The reason comes first, then what is wrong in the request, then when to repeat it.
int RankOf(const google::protobuf::Any& detail) {
  if (detail.Is<google::rpc::ErrorInfo>()) return 0;
  if (detail.Is<google::rpc::BadRequest>()) return 1;
  return detail.Is<google::rpc::RetryInfo>() ? 2 : 3;
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

  google::rpc::Status details;
  details.set_code(static_cast<int>(status.code()));
  details.set_message(message);
  status.ForEachPayload([&](absl::string_view url, const absl::Cord& payload) {
    if (!absl::StartsWith(url, kTypePrefix)) return;
    google::protobuf::Any* any = details.add_details();
    any->set_type_url(std::string(url));
    any->set_value(std::string(payload));
  });
  // Payloads come in no order of their own.
  std::sort(details.mutable_details()->begin(), details.mutable_details()->end(),
            [](const google::protobuf::Any& a, const google::protobuf::Any& b) {
              return RankOf(a) < RankOf(b);
            });
  google::rpc::RequestInfo request;
  request.set_request_id(std::string(request_id));
  details.add_details()->PackFrom(request);
  while (details.ByteSizeLong() > kMaxDetailsBytes && CutDetails(details)) {
  }
  return grpc::Status(static_cast<grpc::StatusCode>(status.code()), message,
                      details.SerializeAsString());
}

}  // namespace gitsync
