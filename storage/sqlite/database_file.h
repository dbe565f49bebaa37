#ifndef GITSYNC_STORAGE_SQLITE_DATABASE_FILE_H_
#define GITSYNC_STORAGE_SQLITE_DATABASE_FILE_H_

#include <memory>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"

namespace gitsync {

// Keeps every other process, and every other store of this one, away from a database:
// held by an flock of "<path>.lock", which the kernel gives up with the process. The
// file stays when the lock goes, because removing it would let two processes lock two
// files of one name.
class DatabaseLock {
 public:
  // UNAVAILABLE if another holds it, FAILED_PRECONDITION if it can't be locked.
  static absl::StatusOr<std::unique_ptr<DatabaseLock>> Acquire(
      const std::string& database_path);
  ~DatabaseLock();

  // Writes into the file that the database was in use, so that one that has gone is
  // missed. Best effort: on a full disk it is left to the next start.
  void MarkUsed();

  DatabaseLock(const DatabaseLock&) = delete;
  DatabaseLock& operator=(const DatabaseLock&) = delete;

 private:
  explicit DatabaseLock(int fd) : fd_(fd) {}

  const int fd_;
};

// Creates the file with mode 0600 if there is none; SQLite gives its companions the
// mode of this one. FAILED_PRECONDITION if the folder can't be written.
absl::Status CreateDatabaseFile(const std::string& path);

}  // namespace gitsync

#endif  // GITSYNC_STORAGE_SQLITE_DATABASE_FILE_H_
