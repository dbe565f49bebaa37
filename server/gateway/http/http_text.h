// Small texts of HTTP.

#ifndef GITSYNC_SERVER_GATEWAY_HTTP_HTTP_TEXT_H_
#define GITSYNC_SERVER_GATEWAY_HTTP_HTTP_TEXT_H_

#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"

namespace gitsync::gateway {

// "Not Found" for 404.
absl::string_view ReasonPhrase(int status);

// "Sun, 06 Nov 1994 08:49:37 GMT".
absl::string_view HttpDate(absl::Time now);

// The time that a Grpc-Timeout header gives, such as "10S" or "500m" (hours "H",
// minutes "M", seconds "S", milli-, micro- and nanoseconds "m", "u", "n").
// INVALID_ARGUMENT (INVALID_REQUEST) if it is not of this form.
absl::StatusOr<absl::Duration> ParseGrpcTimeout(absl::string_view text);

// Whether a body of this Content-Type is JSON in UTF-8; none given counts as it.
bool IsJsonContentType(absl::string_view content_type);

// Whether a Content-Encoding header says that the body is as it is.
bool IsIdentityCoding(absl::string_view content_encoding);

// Whether an Accept-Encoding header asks for gzip.
bool AcceptsGzip(absl::string_view accept_encoding);

// Whether the text can be the value of a header, and of gRPC's metadata: printable
// ASCII and spaces.
bool IsPlainHeaderValue(absl::string_view value);

}  // namespace gitsync::gateway

#endif  // GITSYNC_SERVER_GATEWAY_HTTP_HTTP_TEXT_H_
