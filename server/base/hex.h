#ifndef GITSYNC_SERVER_BASE_HEX_H_
#define GITSYNC_SERVER_BASE_HEX_H_

#include <string>

#include "absl/strings/string_view.h"

namespace gitsync {

// The bytes that hexadecimal digits stand for, two for each; none if there are others
// among them.
// Abseil's function for it has one signature up to 20230802 and another one since.
std::string HexToBytes(absl::string_view digits);

}  // namespace gitsync

#endif  // GITSYNC_SERVER_BASE_HEX_H_
