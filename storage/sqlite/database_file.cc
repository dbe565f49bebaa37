#include "storage/sqlite/database_file.h"

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "server/base/logging.h"

namespace gitsync {
namespace {

absl::StatusOr<int> OpenOrCreate(const std::string& path) {
  const int fd = open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
  if (fd < 0) {
    return absl::FailedPreconditionError(absl::StrCat(
        "The database's files can't be opened: ", std::strerror(errno),
        ". Check that its folder exists and that this user may write it."));
  }
  return fd;
}

}  // namespace

absl::StatusOr<std::unique_ptr<DatabaseLock>> DatabaseLock::Acquire(
    const std::string& database_path) {
  const absl::StatusOr<int> fd = OpenOrCreate(absl::StrCat(database_path, ".lock"));
  if (!fd.ok()) return fd.status();
  std::unique_ptr<DatabaseLock> lock(new DatabaseLock(*fd));
  if (flock(*fd, LOCK_EX | LOCK_NB) != 0) {
    if (errno != EWOULDBLOCK) {
      return absl::FailedPreconditionError(
          absl::StrCat("The database can't be locked: ", std::strerror(errno),
                       ". Its folder has to be on a local file system."));
    }
    return absl::UnavailableError(
        "The database is in use by another process. Stop that one, or give this one "
        "a data folder of its own.");
  }
  return lock;
}

DatabaseLock::~DatabaseLock() { close(fd_); }

void DatabaseLock::MarkUsed() {
  constexpr absl::string_view kText = "The database beside this file was in use.\n";
  if (pwrite(fd_, kText.data(), kText.size(), 0) < 0) {
    Log(LogLevel::kDebug, "lock file not marked", {{"error", std::strerror(errno)}});
  }
}

absl::Status CreateDatabaseFile(const std::string& path) {
  const absl::StatusOr<int> fd = OpenOrCreate(path);
  if (!fd.ok()) return fd.status();
  close(*fd);
  return absl::OkStatus();
}

}  // namespace gitsync
