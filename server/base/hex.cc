#include "server/base/hex.h"

#include <cstdint>

#include "absl/strings/ascii.h"
#include "absl/strings/numbers.h"

namespace gitsync {

std::string HexToBytes(absl::string_view digits) {
  std::string bytes;
  bytes.reserve(digits.size() / 2);
  for (; digits.size() >= 2; digits.remove_prefix(2)) {
    uint32_t byte = 0;
    // A sign or a space would otherwise be accepted as a digit.
    if (!absl::ascii_isxdigit(digits[0]) || !absl::ascii_isxdigit(digits[1]) ||
        !absl::SimpleHexAtoi(digits.substr(0, 2), &byte)) {
      return "";
    }
    bytes.push_back(static_cast<char>(byte));
  }
  return bytes;
}

}  // namespace gitsync
