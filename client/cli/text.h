// Makes text from elsewhere safe for a terminal.

#ifndef GITSYNC_CLIENT_CLI_TEXT_H_
#define GITSYNC_CLIENT_CLI_TEXT_H_

#include <google/protobuf/timestamp.pb.h>

#include <cstddef>
#include <string>

#include "absl/strings/string_view.h"

namespace gitsync::cli {

// What happens to line ends and tabs.
enum class Lines { kKeep, kEscape };

// Returns `text` with everything escaped that could control a terminal or reorder what
// it shows: control characters, bidirectional overrides, bytes that are not UTF-8.
std::string Printable(absl::string_view text, Lines lines = Lines::kEscape);

// Whether `text` is UTF-8, as every string in a request must be.
bool IsUtf8(absl::string_view text);

// The number of code points in UTF-8 text: its display width, except for East Asian
// text.
size_t Width(absl::string_view text);

// Removes the lines after the first, and the spaces at either end.
std::string FirstLine(absl::string_view text);

// The time in UTC, for example "2024-05-01 12:30:00Z"; empty if the time is not set.
std::string FormatTime(const google::protobuf::Timestamp& time);

// The first digits of a commit id, as git abbreviates one.
std::string ShortCommit(absl::string_view commit_id);

}  // namespace gitsync::cli

#endif  // GITSYNC_CLIENT_CLI_TEXT_H_
