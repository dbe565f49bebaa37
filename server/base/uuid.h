#ifndef GITSYNC_SERVER_BASE_UUID_H_
#define GITSYNC_SERVER_BASE_UUID_H_

#include <string>

#include "absl/strings/string_view.h"

namespace gitsync {

// A new random UUID (RFC 4122 version 4), in lower case. Thread-safe.
std::string NewUuid();

// Whether `text` is a UUID: 8-4-4-4-12 hexadecimal digits in either case.
bool IsUuid(absl::string_view text);

}  // namespace gitsync

#endif  // GITSYNC_SERVER_BASE_UUID_H_
