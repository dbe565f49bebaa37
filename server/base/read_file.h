#ifndef GITSYNC_SERVER_BASE_READ_FILE_H_
#define GITSYNC_SERVER_BASE_READ_FILE_H_

#include <string>

#include "absl/status/statusor.h"

namespace gitsync {

// All of a file that the operator names. Blocks on the disk. INVALID_ARGUMENT, bare,
// for one that can't be read, also a folder: "cannot read PATH: why".
absl::StatusOr<std::string> ReadFile(const std::string& path);

}  // namespace gitsync

#endif  // GITSYNC_SERVER_BASE_READ_FILE_H_
