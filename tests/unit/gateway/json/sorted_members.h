#ifndef GITSYNC_TESTS_UNIT_GATEWAY_JSON_SORTED_MEMBERS_H_
#define GITSYNC_TESTS_UNIT_GATEWAY_JSON_SORTED_MEMBERS_H_

#include <algorithm>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "server/gateway/json/json_scanner.h"

namespace gitsync::gateway {

// Moves over a value and returns its text with the members of objects sorted, and with
// nothing else changed but white space: libprotobuf has an order of its own.
inline std::string SortedMembers(JsonScanner& scanner) {
  const char opener = scanner.Peek();
  if (opener != '{' && opener != '[') {
    const size_t begin = scanner.pos();
    scanner.SkipValue();
    return std::string(scanner.text().substr(begin, scanner.pos() - begin));
  }
  const char closer = opener == '{' ? '}' : ']';
  std::vector<std::string> parts;
  scanner.Take(opener);
  while (!scanner.Take(closer) && !scanner.failed()) {
    std::string part;
    if (opener == '{') {
      const size_t begin = scanner.pos();
      scanner.SkipString();
      part = std::string(scanner.text().substr(begin, scanner.pos() - begin)) + ":";
      scanner.Take(':');
    }
    absl::StrAppend(&part, SortedMembers(scanner));
    parts.push_back(std::move(part));
    scanner.Take(',');
  }
  if (opener == '{') std::sort(parts.begin(), parts.end());
  return absl::StrCat(std::string(1, opener), absl::StrJoin(parts, ","),
                      std::string(1, closer));
}

inline std::string SortedMembers(absl::string_view json) {
  JsonScanner scanner(json);
  std::string sorted = SortedMembers(scanner);
  return scanner.failed() ? scanner.fault() : sorted;
}

}  // namespace gitsync::gateway

#endif  // GITSYNC_TESTS_UNIT_GATEWAY_JSON_SORTED_MEMBERS_H_
