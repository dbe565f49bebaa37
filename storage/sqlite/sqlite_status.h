#ifndef GITSYNC_STORAGE_SQLITE_SQLITE_STATUS_H_
#define GITSYNC_STORAGE_SQLITE_SQLITE_STATUS_H_

#include <SQLiteCpp/Exception.h>

#include "absl/status/status.h"

struct sqlite3;

namespace gitsync {

// The status for what SQLite reported; store.h lists them. A unique constraint gives
// ALREADY_EXISTS, a foreign key NOT_FOUND, both bare. `handle` is the connection that
// it happened on and that has done nothing since, or null if there is none.
absl::Status StatusFromSqlite(const SQLite::Exception& exception, sqlite3* handle);

// Whether the file is no database, or damaged.
bool IsDamage(const SQLite::Exception& exception);

}  // namespace gitsync

#endif  // GITSYNC_STORAGE_SQLITE_SQLITE_STATUS_H_
