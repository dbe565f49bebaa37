#include "server/gateway/transcoding/url_text.h"

#include <cstddef>

#include "absl/status/status.h"
#include "absl/strings/str_split.h"
#include "server/base/status_macros.h"
#include "server/base/utf8.h"

namespace gitsync::gateway {
namespace {

// The value of a hexadecimal digit; -1 for any other character.
int HexValue(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

}  // namespace

absl::StatusOr<std::string> PercentDecode(absl::string_view text, UrlPart part) {
  std::string decoded;
  decoded.reserve(text.size());
  for (size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '+' && part == UrlPart::kQuery) {
      decoded.push_back(' ');
      continue;
    }
    if (text[i] != '%') {
      decoded.push_back(text[i]);
      continue;
    }
    const int high = i + 2 < text.size() ? HexValue(text[i + 1]) : -1;
    const int low = i + 2 < text.size() ? HexValue(text[i + 2]) : -1;
    if (high < 0 || low < 0) {
      return absl::InvalidArgumentError(
          "a \"%\" is not followed by two hexadecimal digits; a percent sign itself is "
          "\"%25\"");
    }
    const char c = static_cast<char>(high * 16 + low);
    if (c == '/' && part == UrlPart::kSegments) {
      decoded.append(text.substr(i, 3).data(), 3);
    } else {
      decoded.push_back(c);
    }
    i += 2;
  }
  if (decoded.find('\0') != std::string::npos) {
    return absl::InvalidArgumentError("it has a NUL");
  }
  if (!IsUtf8(decoded)) return absl::InvalidArgumentError("it is not UTF-8");
  return decoded;
}

absl::StatusOr<QueryParameters> ParseQuery(absl::string_view query) {
  QueryParameters parameters;
  for (const absl::string_view part : absl::StrSplit(query, '&', absl::SkipEmpty())) {
    const size_t equals = part.find('=');
    ASSIGN_OR_RETURN(std::string name,
                     PercentDecode(part.substr(0, equals), UrlPart::kQuery));
    if (name.empty()) return absl::InvalidArgumentError("a parameter has no name");
    std::string value;
    if (equals != absl::string_view::npos) {
      ASSIGN_OR_RETURN(value, PercentDecode(part.substr(equals + 1), UrlPart::kQuery));
    }
    parameters.push_back({std::move(name), std::move(value)});
  }
  return parameters;
}

}  // namespace gitsync::gateway
