#ifndef GITSYNC_SERVER_BASE_HEX_H_
#define GITSYNC_SERVER_BASE_HEX_H_

#include <string>

#include "absl/strings/string_view.h"

namespace gitsync {

// Decodes pairs of hexadecimal digits to bytes; returns no bytes if there are other
// characters. Abseil's function for this has one signature up to 20230802 and another
// one since.
std::string HexToBytes(absl::string_view digits);

}  // namespace gitsync

#endif  // GITSYNC_SERVER_BASE_HEX_H_
