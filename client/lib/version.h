#ifndef GITSYNC_CLIENT_LIB_VERSION_H_
#define GITSYNC_CLIENT_LIB_VERSION_H_

#include "absl/strings/string_view.h"

namespace gitsync::client {

// The library's version, for example "0.1.0".
absl::string_view Version();

}  // namespace gitsync::client

#endif  // GITSYNC_CLIENT_LIB_VERSION_H_
