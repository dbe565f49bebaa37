// Errors of calls, with the google.rpc details that programs act on.
//
// Calls return absl::Status. Whatever the server said beyond code and message is in the
// status's payloads, keyed by type URL. ErrorOf extracts it.

#ifndef GITSYNC_CLIENT_LIB_ERROR_H_
#define GITSYNC_CLIENT_LIB_ERROR_H_

#include <grpcpp/client_context.h>
#include <grpcpp/support/status.h>

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"

namespace gitsync::client {

// An invalid field of the request.
struct FieldViolation {
  // Name of the field, as in the proto.
  std::string field;
  // What is wrong with it.
  std::string description;
};

// An error, split into its parts.
struct ErrorDetails {
  absl::StatusCode code = absl::StatusCode::kOk;
  // One of gitsync.v1.ErrorReason without its prefix, for example "APP_NOT_FOUND".
  // Empty if the error does not come from a GitSync server: the server could not be
  // reached, or something in between answered.
  std::string reason;
  std::string message;
  // Facts about the error by name, for example `files` of APP_CONFLICT.
  std::map<std::string, std::string> metadata;
  std::vector<FieldViolation> field_violations;
  // When a retry may succeed; not set if the server did not say.
  std::optional<absl::Duration> retry_delay;
  // Identifies the call in the server's log; empty if the call never reached the
  // server.
  std::string request_id;
};

// Splits an error of this library into its parts. Works on any status.
ErrorDetails ErrorOf(const absl::Status& status);

// The status of a call that was made through a stub, with its details. `context`
// belongs to the call, which must have ended.
absl::Status ToStatus(const grpc::Status& status, const grpc::ClientContext& context);

// An error with a reason, in the form that ToStatus gives to the server's errors.
absl::Status MakeError(absl::StatusCode code, absl::string_view reason,
                       absl::string_view message);

}  // namespace gitsync::client

#endif  // GITSYNC_CLIENT_LIB_ERROR_H_
