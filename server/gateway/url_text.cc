#include "server/gateway/url_text.h"

#include <cstddef>
#include <cstdint>

#include "absl/status/status.h"
#include "absl/strings/str_split.h"
#include "server/base/status_macros.h"

namespace gitsync::gateway {
namespace {

// The value of a hexadecimal digit; -1 if it is none.
int HexValue(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

bool IsContinuation(unsigned char byte) { return (byte & 0xc0) == 0x80; }

// The length of the character that `text` starts with; 0 if it is no character.
size_t CharacterLength(absl::string_view text) {
  const auto byte = [&](size_t i) { return static_cast<unsigned char>(text[i]); };
  const unsigned char first = byte(0);
  if (first < 0x80) return 1;
  const size_t length = first >= 0xf0 ? 4 : first >= 0xe0 ? 3 : 2;
  if (first < 0xc2 || first > 0xf4 || text.size() < length) return 0;
  for (size_t i = 1; i < length; ++i) {
    if (!IsContinuation(byte(i))) return 0;
  }
  const unsigned char second = byte(1);
  if ((first == 0xe0 && second < 0xa0) || (first == 0xed && second > 0x9f) ||
      (first == 0xf0 && second < 0x90) || (first == 0xf4 && second > 0x8f)) {
    return 0;
  }
  return length;
}

}  // namespace

bool IsUtf8(absl::string_view text) {
  while (!text.empty()) {
    const size_t length = CharacterLength(text);
    if (length == 0) return false;
    text.remove_prefix(length);
  }
  return true;
}

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
