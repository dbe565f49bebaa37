#ifndef GITSYNC_SERVER_BASE_UTF8_H_
#define GITSYNC_SERVER_BASE_UTF8_H_

#include <cstddef>
#include <cstdint>
#include <string>

#include "absl/strings/string_view.h"

namespace gitsync {

// Bytes of the UTF-8 character that `text` begins with, and its code point; 0 if it
// begins with none (RFC 3629: overlong forms, surrogates and what is above U+10FFFF are
// none).
size_t DecodeUtf8(absl::string_view text, uint32_t* code_point);

// Whether all of `text` is UTF-8.
bool IsUtf8(absl::string_view text);

// `text` with U+FFFD in place of each byte that is no part of a UTF-8 character. Text
// of others is made so before it is sent or stored: a single message with a field that
// is not UTF-8 can't be read by its receiver at all.
std::string ReplaceInvalidUtf8(absl::string_view text);

// The longest beginning of `text` of at most `size` bytes that does not end within a
// character.
absl::string_view CutUtf8(absl::string_view text, size_t size);

}  // namespace gitsync

#endif  // GITSYNC_SERVER_BASE_UTF8_H_
