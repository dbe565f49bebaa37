// Errors of calls, with the google.rpc details that programs act on.
//
// Calls return absl::Status. What the server said beyond code and message travels in
// its payloads, keyed by type URL; ErrorOf takes it apart.

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

// A field of the request that is wrong.
struct FieldViolation {
  // Name of the field, as in the proto.
  std::string field;
  // What is wrong with it.
  std::string description;
};

// An error, taken apart.
struct ErrorDetails {
  absl::StatusCode code = absl::StatusCode::kOk;
  // One of gitsync.v1.ErrorReason without its prefix, for example
  // "APP_NOT_FOUND". Empty when the error is not one that a GitSync server sent: it
  // could not be reached, or something between answered.
  std::string reason;
  std::string message;
  // Facts about the error by name, for example `files` of APP_CONFLICT.
  std::map<std::string, std::string> metadata;
  std::vector<FieldViolation> field_violations;
  // When a repetition may succeed; not set when the server didn't say.
  std::optional<absl::Duration> retry_delay;
  // Names the call in the server's log; empty if the call never got there.
  std::string request_id;
};

// Takes an error of this library apart. Works on any status.
ErrorDetails ErrorOf(const absl::Status& status);

// The status of a call that was made through a stub, with its details. `context` is
// the call's, which has ended.
absl::Status ToStatus(const grpc::Status& status, const grpc::ClientContext& context);

// An error with a reason, in the form that ToStatus gives the server's.
absl::Status MakeError(absl::StatusCode code, absl::string_view reason,
                       absl::string_view message);

}  // namespace gitsync::client

#endif  // GITSYNC_CLIENT_LIB_ERROR_H_
