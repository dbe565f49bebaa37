#ifndef GITSYNC_SERVER_GATEWAY_JSON_UTF8_H_
#define GITSYNC_SERVER_GATEWAY_JSON_UTF8_H_

#include <string>

namespace gitsync::gateway {

// Appends a character that is not a surrogate.
void AppendUtf8(char32_t character, std::string* out);

}  // namespace gitsync::gateway

#endif  // GITSYNC_SERVER_GATEWAY_JSON_UTF8_H_
