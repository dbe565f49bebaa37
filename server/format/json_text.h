// Functions that walk through JSON text that CheckJson has accepted. They do not check
// it again.

#ifndef GITSYNC_SERVER_FORMAT_JSON_TEXT_H_
#define GITSYNC_SERVER_FORMAT_JSON_TEXT_H_

#include <cstddef>
#include <cstdint>
#include <string>

#include "absl/functional/function_ref.h"
#include "absl/strings/string_view.h"

namespace gitsync {

// Returns the first offset from `pos` on that is not white space.
size_t SkipSpace(absl::string_view text, size_t pos);

// The offset after the string whose opening quote is at `pos`.
size_t SkipString(absl::string_view text, size_t pos);

// The offset after the value that starts at `pos`.
size_t SkipValue(absl::string_view text, size_t pos);

// Decodes a string from the text, given with its quotes.
std::string DecodeString(absl::string_view quoted);

// `value` as a JSON string with quotes, in canonical form.
void AppendString(absl::string_view value, std::string& out);

// Compares two strings by the UTF-8 bytes of their values: below 0, 0 or above. `a` and
// `b` start at the opening quotes and may extend beyond the closing ones.
int CompareStrings(absl::string_view a, absl::string_view b);

// The first 8 bytes of a string's value, as a number with the same sort order. `quoted`
// as for CompareStrings.
uint64_t StringPrefix(absl::string_view quoted);

// Appends `json` without the white space between tokens.
void AppendCompact(absl::string_view json, std::string& out);

// Calls `visit` with the key, quotes included, and the value of each member of an
// object, in the order of the text, until it returns false.
void ForEachMember(
    absl::string_view object,
    absl::FunctionRef<bool(absl::string_view key, absl::string_view value)> visit);

// Calls `visit` with each element of an array, in order, until it returns false.
void ForEachElement(absl::string_view array,
                    absl::FunctionRef<bool(absl::string_view element)> visit);

}  // namespace gitsync

#endif  // GITSYNC_SERVER_FORMAT_JSON_TEXT_H_
