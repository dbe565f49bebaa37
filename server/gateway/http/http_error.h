// Errors in HTTP form, with the body {"code": 5, "message": "...", "details": [...]},
// both for the backend's errors and for the gateway's own refusals.

#ifndef GITSYNC_SERVER_GATEWAY_HTTP_HTTP_ERROR_H_
#define GITSYNC_SERVER_GATEWAY_HTTP_HTTP_ERROR_H_

#include <grpcpp/support/status.h>

#include <string>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "google/rpc/status.pb.h"
#include "server/gateway/http/http_message.h"

namespace gitsync::gateway {

// The HTTP status for a gRPC code, as google/rpc/code.proto maps it.
int HttpStatusOf(int grpc_code);

// The error of a call. An error without details comes from gRPC rather than from the
// server; it gets a message for the caller and a reason.
google::rpc::Status ErrorOfCall(const grpc::Status& status);

// The error as JSON. Details of unknown types are omitted.
std::string ErrorJson(const google::rpc::Status& error);

// The response for an error: its status, and the error as the body, with a
// google.rpc.RequestInfo of `request_id` added unless it has one. Sets Retry-After if
// the error says when to retry, and WWW-Authenticate for 401. If `http_status` is 0,
// the status follows from the error's code.
HttpResponse ErrorResponse(google::rpc::Status error, absl::string_view request_id,
                           int http_status = 0);
HttpResponse ErrorResponse(const absl::Status& status, absl::string_view request_id,
                           int http_status = 0);

}  // namespace gitsync::gateway

#endif  // GITSYNC_SERVER_GATEWAY_HTTP_HTTP_ERROR_H_
