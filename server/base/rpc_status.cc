#include "server/base/rpc_status.h"

#include <google/protobuf/io/coded_stream.h>
#include <google/protobuf/io/zero_copy_stream_impl_lite.h>

#include <algorithm>
#include <tuple>

#include "absl/strings/cord.h"
#include "absl/strings/match.h"
#include "google/rpc/error_details.pb.h"
#include "google/rpc/status.pb.h"

namespace gitsync {
namespace {

constexpr absl::string_view kRpcTypePrefix = "type.googleapis.com/";

// The order: first the reason, then what is wrong in the request, then when to retry.
int RankOf(const google::protobuf::Any& detail) {
  if (detail.Is<google::rpc::ErrorInfo>()) return 0;
  if (detail.Is<google::rpc::BadRequest>()) return 1;
  return detail.Is<google::rpc::RetryInfo>() ? 2 : 3;
}

}  // namespace

google::rpc::Status ToRpcStatus(const absl::Status& status) {
  google::rpc::Status error;
  error.set_code(static_cast<int>(status.code()));
  error.set_message(std::string(status.message()));
  status.ForEachPayload([&](absl::string_view url, const absl::Cord& payload) {
    if (!absl::StartsWith(url, kRpcTypePrefix)) return;
    google::protobuf::Any* detail = error.add_details();
    detail->set_type_url(std::string(url));
    detail->set_value(std::string(payload));
  });
  // Payloads have no defined order.
  std::sort(error.mutable_details()->begin(), error.mutable_details()->end(),
            [](const google::protobuf::Any& a, const google::protobuf::Any& b) {
              return std::make_tuple(RankOf(a), a.type_url()) <
                     std::make_tuple(RankOf(b), b.type_url());
            });
  return error;
}

void AddRequestInfo(absl::string_view request_id, google::rpc::Status* error) {
  for (const google::protobuf::Any& detail : error->details()) {
    if (detail.Is<google::rpc::RequestInfo>()) return;
  }
  google::rpc::RequestInfo request;
  request.set_request_id(std::string(request_id));
  static_cast<void>(error->add_details()->PackFrom(request));
}

std::string SerializeSorted(const google::protobuf::Message& message) {
  std::string bytes;
  {
    google::protobuf::io::StringOutputStream stream(&bytes);
    google::protobuf::io::CodedOutputStream coded(&stream);
    coded.SetSerializationDeterministic(true);
    static_cast<void>(message.SerializeToCodedStream(&coded));
  }
  return bytes;
}

}  // namespace gitsync
