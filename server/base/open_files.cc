#include "server/base/open_files.h"

#include <sys/eventfd.h>
#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>

#include "server/base/error.h"
#include "server/base/reason.h"

namespace gitsync {
namespace {

constexpr rlim_t kMostKept = 256;

}  // namespace

bool IsForCallers(int fd) {
  rlimit limit;
  // Read each time, because the limit can be changed from outside.
  if (getrlimit(RLIMIT_NOFILE, &limit) != 0) return true;
  const rlim_t kept = std::min(limit.rlim_cur / 4, kMostKept);
  return static_cast<rlim_t>(fd) < limit.rlim_cur - kept;
}

bool HasFilesForCallers() {
  const int fd = eventfd(0, EFD_CLOEXEC);
  if (fd < 0) return false;
  const bool has = IsForCallers(fd);
  close(fd);
  return has;
}

absl::Status OutOfFiles() {
  return Error(absl::StatusCode::kResourceExhausted, reason::kServerBusy,
               "The server has no file descriptors left; repeat the request in a "
               "moment, and have its operator raise its limit of open files if that "
               "goes on.")
      .RetryAfter(absl::Seconds(1));
}

bool IsOutOfFiles(int error) { return error == EMFILE || error == ENFILE; }

}  // namespace gitsync
