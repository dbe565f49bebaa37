// Texts of others, such as what remotes say, made fit to be shown.

#ifndef GITSYNC_SERVER_BASE_PRINTABLE_H_
#define GITSYNC_SERVER_BASE_PRINTABLE_H_

#include <cstddef>
#include <cstdint>
#include <string>

#include "absl/strings/string_view.h"

namespace gitsync {

// Whether a character of somebody's text may be shown: not a control character or line
// separator, nor one that hides or reorders what is around it.
bool IsHarmless(uint32_t code_point);

// `foreign_text` as one printable line of at most 2 KiB, its end kept: control
// characters and those that change the direction of text become "?", bytes that are no
// UTF-8 what ReplaceInvalidUtf8 makes of them, line ends " | ". Nothing in it can fake
// a log line or reach a terminal as an escape sequence.
std::string PrintableLine(absl::string_view foreign_text);

// `foreign_text` without what could harm a terminal or a log: escape sequences and
// control characters. Invalid bytes are as ReplaceInvalidUtf8 leaves them, carriage
// returns become newlines. At most `limit` bytes.
std::string PrintableText(absl::string_view foreign_text, size_t limit);

}  // namespace gitsync

#endif  // GITSYNC_SERVER_BASE_PRINTABLE_H_
