// Errors as HTTP has them: the body {"code": 5, "message": "...", "details": [...]},
// for what the backend says and for what the gateway itself refuses.

#ifndef GITSYNC_SERVER_GATEWAY_HTTP_HTTP_ERROR_H_
#define GITSYNC_SERVER_GATEWAY_HTTP_HTTP_ERROR_H_

#include <grpcpp/support/status.h>

#include <string>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "google/rpc/status.pb.h"
#include "server/gateway/http/http_message.h"

namespace gitsync::gateway {

// The status that a gRPC code has in HTTP, as google/rpc/code.proto maps them.
int HttpStatusOf(int grpc_code);

// The error of a call. One that comes without details, which is one of gRPC's own
// rather than of the server's, gets a message for the caller and a reason.
google::rpc::Status ErrorOfCall(const grpc::Status& status);

// The error as JSON. Details of a type that is not known here are left out.
std::string ErrorJson(const google::rpc::Status& error);

// The response for an error: status and body, in it google.rpc.RequestInfo with
// `request_id` unless the error has one; Retry-After if it says when to repeat, and
// WWW-Authenticate for 401. `http_status` 0: that of the error's code.
HttpResponse ErrorResponse(google::rpc::Status error, absl::string_view request_id,
                           int http_status = 0);
HttpResponse ErrorResponse(const absl::Status& status, absl::string_view request_id,
                           int http_status = 0);

}  // namespace gitsync::gateway

#endif  // GITSYNC_SERVER_GATEWAY_HTTP_HTTP_ERROR_H_
