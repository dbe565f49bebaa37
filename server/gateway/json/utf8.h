#ifndef GITSYNC_SERVER_GATEWAY_JSON_UTF8_H_
#define GITSYNC_SERVER_GATEWAY_JSON_UTF8_H_

#include <cstddef>
#include <string>

#include "absl/strings/string_view.h"

namespace gitsync::gateway {

// Bytes of the UTF-8 character at `pos`, which goes to `*character`; 0 if there is none
// (overlong forms, surrogates and what is above U+10FFFF are none).
size_t DecodeUtf8(absl::string_view text, size_t pos, char32_t* character);

// Appends a character that is not a surrogate.
void AppendUtf8(char32_t character, std::string* out);

}  // namespace gitsync::gateway

#endif  // GITSYNC_SERVER_GATEWAY_JSON_UTF8_H_
