#ifndef GITSYNC_STORAGE_SQLITE_MIGRATION_H_
#define GITSYNC_STORAGE_SQLITE_MIGRATION_H_

#include <cstdint>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "storage/sqlite/connection.h"

namespace gitsync {

// One step from schema `version` - 1 to `version`.
struct Migration {
  int version;
  const char* sql;
};

// All there are, from 1 up without a gap: migrations/*.sql, compiled in.
const std::vector<Migration>& Migrations();

// Brings the database up to the last of `migrations`, each in a transaction of its
// own, so that a crash leaves a schema that one of them made. Sets the application id
// with the first. To be called before foreign keys are switched on: a migration may
// rebuild a table, and what it leaves is checked before it is committed.
//
// Errors:
//   FAILED_PRECONDITION  the schema is newer than the last of them.
//   RESOURCE_EXHAUSTED, INTERNAL  as in store.h; the database is as the last migration
//                        that succeeded left it.
absl::Status Migrate(Connection& connection, const std::vector<Migration>& migrations);

// The schema that the database has. FAILED_PRECONDITION if it is newer than the last of
// `migrations`.
absl::StatusOr<int64_t> CheckSchemaVersion(Connection& connection,
                                           const std::vector<Migration>& migrations);

// "GtSy": marks a database file as one of GitSync's.
inline constexpr int kApplicationId = 0x47745379;

}  // namespace gitsync

#endif  // GITSYNC_STORAGE_SQLITE_MIGRATION_H_
