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

// Builds a typed error. Converts to absl::Status, and so to absl::StatusOr. Its texts
// may quote others': what is no UTF-8 in them becomes U+FFFD.
//
//   return Error(absl::StatusCode::kNotFound, reason::kAppNotFound,
//                "There is no app with this id in your organization.")
//       .With("app_id", id);
class Error {
 public:
  // `reason` is one of reason.h. `message` is for the caller to read: it says what
  // happened and what to do next, and holds no secret, SQL or local path.
  Error(absl::StatusCode code, absl::string_view reason, absl::string_view message);
  ~Error();

  Error(const Error&) = delete;
  Error& operator=(const Error&) = delete;

  // Adds an entry to the ErrorInfo's metadata.
  Error& With(absl::string_view key, absl::string_view value);

  // Adds a google.rpc.BadRequest violation of `field`, named as in the proto.
  Error& Violation(absl::string_view field, absl::string_view description);

  // Says that a repetition after `delay` may succeed (google.rpc.RetryInfo).
  Error& RetryAfter(absl::Duration delay);

  absl::Status ToStatus() const;
  operator absl::Status() const { return ToStatus(); }  // NOLINT: by design

 private:
  struct Details;

  absl::StatusCode code_;
  std::string message_;
  std::unique_ptr<Details> details_;
};

// The reason of an error that was made by `Error`; empty for any other status.
std::string ReasonOf(const absl::Status& status);

// The metadata entry `key` of such an error; empty if it has none.
std::string MetadataOf(const absl::Status& status, absl::string_view key);

// How long the caller of such an error is to wait (RetryAfter), if it says so.
std::optional<absl::Duration> RetryDelayOf(const absl::Status& status);

// `status` with the same code and details, and `message` as its message.
absl::Status WithMessage(const absl::Status& status, absl::string_view message);

// `status`, or if it is a bare `code` of a store, `typed`.
absl::Status WithReason(const absl::Status& status, absl::StatusCode code,
                        const absl::Status& typed);

// The error for a fault of ours. `detail` is for the log: callers log it, the
// message that clients see does not have it.
absl::Status InternalError(absl::string_view detail);

// The error of what is refused or cut short because the server is shutting down:
// UNAVAILABLE (SHUTTING_DOWN), with RetryInfo.
absl::Status ShuttingDown();

}  // namespace gitsync

#endif  // GITSYNC_SERVER_BASE_ERROR_H_
