#include "server/gateway/json/scalar_text.h"

#include <array>

#include "absl/strings/ascii.h"
#include "absl/strings/str_split.h"

namespace gitsync::gateway {
namespace {

// The six bits of each character in either alphabet; -1 for other characters.
constexpr std::array<signed char, 256> Base64Values() {
  std::array<signed char, 256> values{};
  values.fill(-1);
  constexpr absl::string_view kStandard =
      "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  for (size_t i = 0; i < kStandard.size(); ++i) {
    values[static_cast<unsigned char>(kStandard[i])] = static_cast<signed char>(i);
  }
  values['-'] = 62;
  values['_'] = 63;
  return values;
}
constexpr std::array<signed char, 256> kBase64 = Base64Values();

}  // namespace

bool ParseBytes(absl::string_view text, std::string* value) {
  value->clear();
  absl::string_view digits = text;
  while (!digits.empty() && digits.back() == '=') digits.remove_suffix(1);
  const size_t padding = text.size() - digits.size();
  if (digits.size() % 4 == 1) return false;
  if (padding != 0 && (padding > 2 || text.size() % 4 != 0)) return false;
  value->reserve(digits.size() * 3 / 4);
  uint32_t bits = 0;
  int bit_count = 0;
  for (const char c : digits) {
    const int six = kBase64[static_cast<unsigned char>(c)];
    if (six < 0) return false;
    bits = bits << 6 | static_cast<uint32_t>(six);
    bit_count += 6;
    if (bit_count >= 8) {
      bit_count -= 8;
      value->push_back(static_cast<char>(bits >> bit_count));
    }
  }
  return true;
}

bool ParseFieldMask(absl::string_view text, google::protobuf::FieldMask* value) {
  if (text.empty()) return true;
  for (const absl::string_view camel : absl::StrSplit(text, ',')) {
    std::string path;
    for (const char c : camel) {
      const auto byte = static_cast<unsigned char>(c);
      if (absl::ascii_isupper(byte)) {
        path.push_back('_');
      } else if (!absl::ascii_islower(byte) && !absl::ascii_isdigit(byte) && c != '.' &&
                 c != '_') {
        return false;
      }
      path.push_back(absl::ascii_tolower(byte));
    }
    if (path.empty() || path.front() == '.' || path.back() == '.' ||
        path.find("..") != std::string::npos) {
      return false;
    }
    value->add_paths(std::move(path));
  }
  return true;
}

bool AppendFieldMask(const google::protobuf::FieldMask& value, std::string* out) {
  bool first = true;
  for (const std::string& path : value.paths()) {
    if (!first) out->push_back(',');
    first = false;
    bool after_underscore = false;
    for (const char c : path) {
      const auto byte = static_cast<unsigned char>(c);
      if (after_underscore) {
        if (!absl::ascii_islower(byte)) return false;
        out->push_back(absl::ascii_toupper(byte));
        after_underscore = false;
      } else if (c == '_') {
        after_underscore = true;
      } else if (absl::ascii_islower(byte) || absl::ascii_isdigit(byte) || c == '.') {
        out->push_back(c);
      } else {
        return false;
      }
    }
    if (after_underscore) return false;
  }
  return true;
}

}  // namespace gitsync::gateway
