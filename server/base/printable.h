// Makes foreign text, such as output of remotes, safe to show.

#ifndef GITSYNC_SERVER_BASE_PRINTABLE_H_
#define GITSYNC_SERVER_BASE_PRINTABLE_H_

#include <cstddef>
#include <cstdint>
#include <string>

#include "absl/strings/string_view.h"

namespace gitsync {

// Whether a character of foreign text may be shown: it is no control character or line
// separator, and does not hide or reorder the text around it.
bool IsHarmless(uint32_t code_point);

// Converts `foreign_text` to one printable line of at most 2 KiB, keeping its end.
// Control characters and those that change the text direction become "?", invalid bytes
// are replaced as by ReplaceInvalidUtf8, and line ends become " | ". The result can't
// fake a log line, and no escape sequence reaches a terminal.
std::string PrintableLine(absl::string_view foreign_text);

// Removes what could harm a terminal or a log from `foreign_text`: escape sequences and
// control characters. Invalid bytes are replaced as by ReplaceInvalidUtf8, and carriage
// returns become newlines. Returns at most `limit` bytes.
std::string PrintableText(absl::string_view foreign_text, size_t limit);

}  // namespace gitsync

#endif  // GITSYNC_SERVER_BASE_PRINTABLE_H_
