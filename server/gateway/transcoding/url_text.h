// The text of a URL: percent-encoding and query strings.

#ifndef GITSYNC_SERVER_GATEWAY_TRANSCODING_URL_TEXT_H_
#define GITSYNC_SERVER_GATEWAY_TRANSCODING_URL_TEXT_H_

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace gitsync::gateway {

// What else than `%` and two digits means something.
enum class UrlPart {
  kSegment,   // nothing
  kSegments,  // "%2F" stays as it is, so that it differs from a "/"
  kQuery,     // "+" is a space
};

// `text` without percent-encoding. INVALID_ARGUMENT, bare, if a `%` is not followed by
// two hexadecimal digits, or the result has a NUL or is not UTF-8.
absl::StatusOr<std::string> PercentDecode(absl::string_view text, UrlPart part);

struct QueryParameter {
  std::string name;
  std::string value;
};

// In the order of the text.
using QueryParameters = std::vector<QueryParameter>;

// Takes `a=1&b=2` apart. A name without "=" has an empty value; what is empty between
// two "&" is left out. INVALID_ARGUMENT, bare, as PercentDecode, or if a name is empty.
absl::StatusOr<QueryParameters> ParseQuery(absl::string_view query);

}  // namespace gitsync::gateway

#endif  // GITSYNC_SERVER_GATEWAY_TRANSCODING_URL_TEXT_H_
