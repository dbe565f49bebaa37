#include "storage/sqlite/sqlite_status.h"

#include <sqlite3.h>

#include <cerrno>

#include "absl/strings/str_cat.h"
#include "server/base/error.h"
#include "server/base/open_files.h"
#include "server/base/reason.h"

namespace gitsync {
namespace {

bool IsDiskFull(const SQLite::Exception& exception, sqlite3* handle) {
  if (exception.getErrorCode() == SQLITE_FULL) return true;
  // SQLite reports FULL only for ENOSPC in a write. It reports a quota, a file size
  // limit, and a full disk in other places as I/O errors.
  if (exception.getErrorCode() != SQLITE_IOERR || handle == nullptr) return false;
  const int error = sqlite3_system_errno(handle);
  return error == ENOSPC || error == EDQUOT || error == EFBIG;
}

}  // namespace

absl::Status StatusFromSqlite(const SQLite::Exception& exception, sqlite3* handle) {
  switch (exception.getExtendedErrorCode()) {
    case SQLITE_CONSTRAINT_UNIQUE:
    case SQLITE_CONSTRAINT_PRIMARYKEY:
      return absl::AlreadyExistsError("");
    case SQLITE_CONSTRAINT_FOREIGNKEY:
      return absl::NotFoundError("");
    default:
      break;
  }
  if (IsDiskFull(exception, handle)) {
    return Error(absl::StatusCode::kResourceExhausted, reason::kStorageFull,
                 "The server's disk is full. Nothing was changed; try again when its "
                 "operator has made room.");
  }
  if (handle != nullptr && IsOutOfFiles(sqlite3_system_errno(handle)) &&
      (exception.getErrorCode() == SQLITE_CANTOPEN ||
       exception.getErrorCode() == SQLITE_IOERR)) {
    return OutOfFiles();
  }
  return InternalError(absl::StrCat("sqlite ", exception.getErrorCode(), "/",
                                    exception.getExtendedErrorCode(), ": ",
                                    exception.what()));
}

bool IsDamage(const SQLite::Exception& exception) {
  return exception.getErrorCode() == SQLITE_CORRUPT ||
         exception.getErrorCode() == SQLITE_NOTADB;
}

}  // namespace gitsync
