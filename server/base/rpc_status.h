// An error in the form that leaves the server: google.rpc.Status. Its details and maps
// are always in the same order, so that equal errors have equal bytes.

#ifndef GITSYNC_SERVER_BASE_RPC_STATUS_H_
#define GITSYNC_SERVER_BASE_RPC_STATUS_H_

#include <string>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"

// Forward declarations, because not all users of this folder depend on protobuf
// messages.
namespace google::protobuf {
class Message;
}
namespace google::rpc {
class Status;
}

namespace gitsync {

// The code, message and details of `status`: ErrorInfo, BadRequest, RetryInfo, then
// others sorted by type. Payloads that are not google.rpc types are meant for the log
// and are omitted.
google::rpc::Status ToRpcStatus(const absl::Status& status);

// Appends google.rpc.RequestInfo with `request_id`, unless one is already present.
void AddRequestInfo(absl::string_view request_id, google::rpc::Status* error);

// The serialized message, with its maps sorted by key.
std::string SerializeSorted(const google::protobuf::Message& message);

}  // namespace gitsync

#endif  // GITSYNC_SERVER_BASE_RPC_STATUS_H_
