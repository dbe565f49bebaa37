// An error in the form that leaves the server: google.rpc.Status, whose details and
// maps are always in the same order, so that equal errors are equal bytes.

#ifndef GITSYNC_SERVER_BASE_RPC_STATUS_H_
#define GITSYNC_SERVER_BASE_RPC_STATUS_H_

#include <string>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"

// Not everything that is built on this folder knows messages.
namespace google::protobuf {
class Message;
}
namespace google::rpc {
class Status;
}

namespace gitsync {

// Code, message and details of `status`: ErrorInfo, BadRequest, RetryInfo, then others
// by type. Payloads that are not google.rpc types are for the log and are left out.
google::rpc::Status ToRpcStatus(const absl::Status& status);

// Appends google.rpc.RequestInfo with `request_id`, unless there is one.
void AddRequestInfo(absl::string_view request_id, google::rpc::Status* error);

// The message's bytes with its maps sorted by key.
std::string SerializeSorted(const google::protobuf::Message& message);

}  // namespace gitsync

#endif  // GITSYNC_SERVER_BASE_RPC_STATUS_H_
