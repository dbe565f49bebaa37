#ifndef GITSYNC_SERVER_RPC_CALL_GRPC_STATUS_H_
#define GITSYNC_SERVER_RPC_CALL_GRPC_STATUS_H_

#include <grpcpp/support/status.h>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"

namespace gitsync {

// `status` if it is OK or has a reason. An error without a reason has escaped the code
// that knew its meaning, so it becomes an InternalError. A bare CANCELLED or
// DEADLINE_EXCEEDED gets the reason of that name instead.
absl::Status Typed(const absl::Status& status);

// The form that goes to the caller: code, message, and in grpc-status-details-bin a
// google.rpc.Status with the details and a google.rpc.RequestInfo with `request_id`.
// Payloads that are not google.rpc types are not sent.
//
// Clients refuse more than 8 KiB of metadata, so details that are too long are cut: the
// longest values of ErrorInfo's metadata, at a line end, and the last violations of
// BadRequest.
grpc::Status ToGrpcStatus(const absl::Status& status, absl::string_view request_id);

}  // namespace gitsync

#endif  // GITSYNC_SERVER_RPC_CALL_GRPC_STATUS_H_
