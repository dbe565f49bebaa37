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

// All migrations, from 1 up without a gap: migrations/*.sql, compiled in.
const std::vector<Migration>& Migrations();

// Migrates the database through the last of `migrations`. Each migration runs in its
// own transaction, so a crash leaves a schema that one of them produced. The first one
// also sets the application id. To be called before foreign keys are switched on,
// because a migration may rebuild a table; the foreign keys are checked before it
// commits.
//
// Errors:
//   FAILED_PRECONDITION  the schema is newer than the last migration.
//   RESOURCE_EXHAUSTED, INTERNAL  as in store.h; the database stays as the last
//                        successful migration left it.
absl::Status Migrate(Connection& connection, const std::vector<Migration>& migrations);

// Returns the database's schema version. FAILED_PRECONDITION if it is newer than the
// last of `migrations`.
absl::StatusOr<int64_t> CheckSchemaVersion(Connection& connection,
                                           const std::vector<Migration>& migrations);

// "GtSy": marks a database file as one that belongs to GitSync.
inline constexpr int kApplicationId = 0x47745379;

}  // namespace gitsync

#endif  // GITSYNC_STORAGE_SQLITE_MIGRATION_H_
