#ifndef GITSYNC_SERVER_BASE_UTF8_H_
#define GITSYNC_SERVER_BASE_UTF8_H_

#include <cstddef>
#include <cstdint>

#include "absl/strings/string_view.h"

namespace gitsync {

// Bytes of the UTF-8 character that `text` begins with, and its code point; 0 if it
// begins with none (RFC 3629: overlong forms, surrogates and what is above U+10FFFF are
// none).
size_t DecodeUtf8(absl::string_view text, uint32_t* code_point);

// Whether all of `text` is UTF-8.
bool IsUtf8(absl::string_view text);

}  // namespace gitsync

#endif  // GITSYNC_SERVER_BASE_UTF8_H_
