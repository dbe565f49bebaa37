#ifndef GITSYNC_STORAGE_SQLITE_SQLITE_STATUS_H_
#define GITSYNC_STORAGE_SQLITE_SQLITE_STATUS_H_

#include <SQLiteCpp/Exception.h>

#include "absl/status/status.h"

struct sqlite3;

namespace gitsync {

// Converts an error from SQLite to a status; store.h lists them. A unique constraint
// gives ALREADY_EXISTS, a foreign key NOT_FOUND, both bare. `handle` is the connection
// on which the error happened, and which has not been used since; null if there is
// none.
absl::Status StatusFromSqlite(const SQLite::Exception& exception, sqlite3* handle);

// Whether the file is damaged or not a database.
bool IsDamage(const SQLite::Exception& exception);

}  // namespace gitsync

#endif  // GITSYNC_STORAGE_SQLITE_SQLITE_STATUS_H_
