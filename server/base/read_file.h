#ifndef GITSYNC_SERVER_BASE_READ_FILE_H_
#define GITSYNC_SERVER_BASE_READ_FILE_H_

#include <string>

#include "absl/status/statusor.h"

namespace gitsync {

// Reads an entire file that the operator has named. Blocks on the disk.
// INVALID_ARGUMENT, bare, if the file can't be read or is a folder: "cannot read PATH:
// why".
absl::StatusOr<std::string> ReadFile(const std::string& path);

}  // namespace gitsync

#endif  // GITSYNC_SERVER_BASE_READ_FILE_H_
