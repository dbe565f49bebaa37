// Typed errors: an absl::Status with the google.rpc details that clients act on.
//
// The details travel as payloads of the status, keyed by type URL, so that any
// layer can add them and server/rpc can send them without knowing what they are.

#ifndef GITSYNC_SERVER_BASE_ERROR_H_
#define GITSYNC_SERVER_BASE_ERROR_H_

#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"

namespace gitsync {

// Domain of every google.rpc.ErrorInfo that GitSync sends.
inline constexpr absl::string_view kErrorDomain = "gitsync";

// Builds a typed error. Converts to absl::Status, and therefore to absl::StatusOr. Its
// texts may quote foreign text: invalid UTF-8 in them becomes U+FFFD.
//
//   return Error(absl::StatusCode::kNotFound, reason::kAppNotFound,
//                "There is no app with this id in your organization.")
//       .With("app_id", id);
class Error {
 public:
  // `reason` is one of those in reason.h. `message` is written for the caller: it says
  // what happened and what to do next, and contains no secret, SQL or local path.
  Error(absl::StatusCode code, absl::string_view reason, absl::string_view message);
  ~Error();

  Error(const Error&) = delete;
  Error& operator=(const Error&) = delete;

  // Adds an entry to the ErrorInfo's metadata.
  Error& With(absl::string_view key, absl::string_view value);

  // Adds a google.rpc.BadRequest violation of `field`, named as in the proto.
  Error& Violation(absl::string_view field, absl::string_view description);

  // Says that a retry after `delay` may succeed (google.rpc.RetryInfo).
  Error& RetryAfter(absl::Duration delay);

  absl::Status ToStatus() const;
  operator absl::Status() const { return ToStatus(); }  // NOLINT: by design

 private:
  struct Details;

  absl::StatusCode code_;
  std::string message_;
  std::unique_ptr<Details> details_;
};

// The reason of an error built with `Error`; empty for any other status.
std::string ReasonOf(const absl::Status& status);

// The metadata entry `key` of such an error; empty if it has none.
std::string MetadataOf(const absl::Status& status, absl::string_view key);

// How long the caller should wait (RetryAfter), if the error says so.
std::optional<absl::Duration> RetryDelayOf(const absl::Status& status);

// `status` with the same code and details, and `message` as its message.
absl::Status WithMessage(const absl::Status& status, absl::string_view message);

// `status`, unless it is a bare `code` from a store; then `typed`.
absl::Status WithReason(const absl::Status& status, absl::StatusCode code,
                        const absl::Status& typed);

// The error for an internal fault. `detail` is for the log: callers must log it,
// because the message for clients does not contain it.
absl::Status InternalError(absl::string_view detail);

// The error for work that is refused or cut short by a shutdown of the server:
// UNAVAILABLE (SHUTTING_DOWN), with RetryInfo.
absl::Status ShuttingDown();

}  // namespace gitsync

#endif  // GITSYNC_SERVER_BASE_ERROR_H_
