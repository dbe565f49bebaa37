#ifndef GITSYNC_SERVER_BASE_UTF8_H_
#define GITSYNC_SERVER_BASE_UTF8_H_

#include <cstddef>
#include <cstdint>
#include <string>

#include "absl/strings/string_view.h"

namespace gitsync {

// The size in bytes of the UTF-8 character at the beginning of `text`, and its code
// point. 0 if there is no valid one (RFC 3629: overlong forms, surrogates and code
// points above U+10FFFF are invalid).
size_t DecodeUtf8(absl::string_view text, uint32_t* code_point);

// Whether all of `text` is valid UTF-8.
bool IsUtf8(absl::string_view text);

// Replaces each byte of `text` that is not part of a UTF-8 character with U+FFFD.
// Foreign text is converted this way before it is sent or stored: if a single field of
// a message is not UTF-8, its receiver can't parse the message at all.
std::string ReplaceInvalidUtf8(absl::string_view text);

// The longest prefix of `text` of at most `size` bytes that does not end inside a
// character.
absl::string_view CutUtf8(absl::string_view text, size_t size);

}  // namespace gitsync

#endif  // GITSYNC_SERVER_BASE_UTF8_H_
