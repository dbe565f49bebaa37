#ifndef GITSYNC_SERVER_GIT_UTF8_H_
#define GITSYNC_SERVER_GIT_UTF8_H_

#include <cstddef>

#include "absl/strings/string_view.h"

namespace gitsync {

// Bytes of the UTF-8 character that `text` begins with; 0 if it begins with none
// (overlong forms, surrogates and what is above U+10FFFF are none).
size_t Utf8CharacterSize(absl::string_view text);

// Whether all of `text` is UTF-8.
bool IsUtf8(absl::string_view text);

}  // namespace gitsync

#endif  // GITSYNC_SERVER_GIT_UTF8_H_
