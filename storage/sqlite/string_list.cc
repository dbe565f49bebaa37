#include "storage/sqlite/string_list.h"

#include <cstdint>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "server/base/utf8.h"

namespace gitsync {

std::string EncodeStringList(const std::vector<std::string>& strings) {
  std::string encoded;
  for (const std::string& item : strings) {
    const std::string string = ReplaceInvalidUtf8(item);
    absl::StrAppend(&encoded, string.size(), ":", string);
  }
  return encoded;
}

std::vector<std::string> DecodeStringList(absl::string_view encoded) {
  std::vector<std::string> strings;
  while (!encoded.empty()) {
    const size_t colon = encoded.find(':');
    uint64_t size = 0;
    if (colon == absl::string_view::npos ||
        !absl::SimpleAtoi(encoded.substr(0, colon), &size) ||
        size > encoded.size() - colon - 1) {
      break;
    }
    strings.push_back(ReplaceInvalidUtf8(encoded.substr(colon + 1, size)));
    encoded.remove_prefix(colon + 1 + size);
  }
  return strings;
}

}  // namespace gitsync
