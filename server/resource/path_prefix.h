#ifndef GITSYNC_SERVER_RESOURCE_PATH_PREFIX_H_
#define GITSYNC_SERVER_RESOURCE_PATH_PREFIX_H_

#include <string>

#include "absl/strings/string_view.h"

namespace gitsync {

// What is wrong with a folder path of a repository ("/" between its parts) for clones
// on any system; empty if nothing is wrong.
std::string FaultOfPathPrefix(absl::string_view prefix);

}  // namespace gitsync

#endif  // GITSYNC_SERVER_RESOURCE_PATH_PREFIX_H_
