// URL text: percent-encoding and query strings.

#ifndef GITSYNC_SERVER_GATEWAY_TRANSCODING_URL_TEXT_H_
#define GITSYNC_SERVER_GATEWAY_TRANSCODING_URL_TEXT_H_

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace gitsync::gateway {

// Which characters other than `%` and two digits are special.
enum class UrlPart {
  kSegment,   // none
  kSegments,  // "%2F" is kept, so that it differs from a "/"
  kQuery,     // "+" means a space
};

// Decodes percent-encoding. INVALID_ARGUMENT, bare, if a `%` is not followed by two
// hexadecimal digits, or the result has a NUL or is not UTF-8.
absl::StatusOr<std::string> PercentDecode(absl::string_view text, UrlPart part);

struct QueryParameter {
  std::string name;
  std::string value;
};

// In the order of the text.
using QueryParameters = std::vector<QueryParameter>;

// Splits `a=1&b=2`. A name without "=" has an empty value; an empty part between two
// "&" is ignored. INVALID_ARGUMENT, bare, in the cases of PercentDecode, or if a name
// is empty.
absl::StatusOr<QueryParameters> ParseQuery(absl::string_view query);

}  // namespace gitsync::gateway

#endif  // GITSYNC_SERVER_GATEWAY_TRANSCODING_URL_TEXT_H_
