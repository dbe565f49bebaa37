#ifndef GITSYNC_STORAGE_SQLITE_DATABASE_FILE_H_
#define GITSYNC_STORAGE_SQLITE_DATABASE_FILE_H_

#include <memory>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"

namespace gitsync {

// Keeps every other process, and every other store of this one, away from a database.
// It holds an flock of "<path>.lock", which the kernel releases when the process ends.
// The file stays when the lock is released, because removing it would let two processes
// lock two files of the same name.
class DatabaseLock {
 public:
  // UNAVAILABLE if another holds it, FAILED_PRECONDITION if it can't be locked.
  static absl::StatusOr<std::unique_ptr<DatabaseLock>> Acquire(
      const std::string& database_path);
  ~DatabaseLock();

  // Records in the lock file that the database was in use, so that a missing database
  // is noticed. Best effort: on a full disk, this is left to the next start.
  void MarkUsed();

  DatabaseLock(const DatabaseLock&) = delete;
  DatabaseLock& operator=(const DatabaseLock&) = delete;

 private:
  explicit DatabaseLock(int fd) : fd_(fd) {}

  const int fd_;
};

// Creates the file with mode 0600 if it does not exist; SQLite gives its companion
// files the same mode. FAILED_PRECONDITION if the folder can't be written.
absl::Status CreateDatabaseFile(const std::string& path);

}  // namespace gitsync

#endif  // GITSYNC_STORAGE_SQLITE_DATABASE_FILE_H_
