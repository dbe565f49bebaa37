#ifndef GITSYNC_SERVER_BASE_OPEN_FILES_H_
#define GITSYNC_SERVER_BASE_OPEN_FILES_H_

#include "absl/status/status.h"

namespace gitsync {

// Whether `fd`, just opened for a caller, may be used for callers. The last file
// descriptors of the process, a quarter of them but at most 256, are reserved for the
// store and for git, so that admitted calls can be served. The system assigns the
// lowest free descriptor.
bool IsForCallers(int fd);

// Whether a connection arriving now would get a descriptor that callers may use.
bool HasFilesForCallers();

// Whether `error`, a value of errno, means that no descriptors are left.
bool IsOutOfFiles(int error);

// The error for that: RESOURCE_EXHAUSTED (SERVER_BUSY) with RetryInfo.
absl::Status OutOfFiles();

}  // namespace gitsync

#endif  // GITSYNC_SERVER_BASE_OPEN_FILES_H_
