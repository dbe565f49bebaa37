// Describes what is wrong with a text that should be JSON, for whoever wrote the text.

#ifndef GITSYNC_SERVER_FORMAT_JSON_FAULT_H_
#define GITSYNC_SERVER_FORMAT_JSON_FAULT_H_

#include <cstddef>
#include <optional>
#include <string>

#include "absl/strings/string_view.h"

namespace gitsync {

// What is wrong, and where.
struct JsonFault {
  size_t offset = 0;
  std::string message;  // a clause: "expected ',' or '}' after a member, found 'x'"
  // The place that the end of `message` refers to, if any: "... already, at".
  std::optional<size_t> other_offset;
};

// "line 3, column 7: <message>". Lines and columns count from 1, columns in characters.
std::string Describe(const JsonFault& fault, absl::string_view text);

// Replaces the message of a fault if `text` is of another known kind: a Git LFS
// pointer, UTF-16, a file that git-crypt encrypted, or an unfinished merge. Leaves
// other faults as they are.
void NameForeignText(absl::string_view text, JsonFault& fault);

}  // namespace gitsync

#endif  // GITSYNC_SERVER_FORMAT_JSON_FAULT_H_
