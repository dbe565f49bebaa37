#ifndef GITSYNC_SERVER_BASE_OPEN_FILES_H_
#define GITSYNC_SERVER_BASE_OPEN_FILES_H_

#include "absl/status/status.h"

namespace gitsync {

// Whether `fd`, which was just opened for a caller, is one that callers may have: the
// last file descriptors of the process, a quarter of them but at most 256, are kept for
// the store and for git, so that calls that were let in can be served. The system gives
// out the lowest free one.
bool IsForCallers(int fd);

// Whether a connection that came now would get such a descriptor.
bool HasFilesForCallers();

// Whether `error`, a value of errno, says that there are no descriptors left.
bool IsOutOfFiles(int error);

// The error for it: RESOURCE_EXHAUSTED (SERVER_BUSY) with RetryInfo.
absl::Status OutOfFiles();

}  // namespace gitsync

#endif  // GITSYNC_SERVER_BASE_OPEN_FILES_H_
