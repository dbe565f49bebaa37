// Helpers for short HTTP texts.

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

// Parses a Grpc-Timeout header such as "10S" or "500m" (hours "H", minutes "M", seconds
// "S", milli-, micro- and nanoseconds "m", "u", "n"). INVALID_ARGUMENT
// (INVALID_REQUEST) if it does not have this form.
absl::StatusOr<absl::Duration> ParseGrpcTimeout(absl::string_view text);

// Whether a body with this Content-Type is JSON in UTF-8; an empty one counts as such.
bool IsJsonContentType(absl::string_view content_type);

// Whether a Content-Encoding header says that the body is not encoded.
bool IsIdentityCoding(absl::string_view content_encoding);

// Whether an Accept-Encoding header asks for gzip.
bool AcceptsGzip(absl::string_view accept_encoding);

// Whether the text can be the value of a header and of gRPC metadata: printable ASCII
// and spaces.
bool IsPlainHeaderValue(absl::string_view value);

}  // namespace gitsync::gateway

#endif  // GITSYNC_SERVER_GATEWAY_HTTP_HTTP_TEXT_H_
