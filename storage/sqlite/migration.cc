#include "storage/sqlite/migration.h"

#include "absl/strings/str_cat.h"
#include "server/base/error.h"
#include "server/base/status_macros.h"

namespace gitsync {
namespace {

absl::Status Apply(Connection& connection, const Migration& migration) {
  TransactionScope scope(connection);
  RETURN_IF_ERROR(scope.Begin("BEGIN IMMEDIATE"));
  RETURN_IF_ERROR(connection.Run(migration.sql));
  ASSIGN_OR_RETURN(
      const int64_t dangling,
      connection.RunForInt("SELECT COUNT(*) FROM pragma_foreign_key_check"));
  if (dangling > 0) {
    return InternalError(absl::StrCat("migration ", migration.version, " leaves ",
                                      dangling, " dangling foreign keys"));
  }
  RETURN_IF_ERROR(
      connection.Run(absl::StrCat("PRAGMA user_version = ", migration.version,
                                  "; PRAGMA application_id = ", kApplicationId, ";")));
  return scope.Commit();
}

}  // namespace

absl::StatusOr<int64_t> CheckSchemaVersion(Connection& connection,
                                           const std::vector<Migration>& migrations) {
  ASSIGN_OR_RETURN(const int64_t current, connection.RunForInt("PRAGMA user_version"));
  const int newest = migrations.empty() ? 0 : migrations.back().version;
  if (current > newest) {
    return absl::FailedPreconditionError(
        absl::StrCat("The database has schema ", current,
                     ", and this program knows schemas up to ", newest,
                     " only: a newer GitSync has used it. Run that one, or restore the "
                     "backup that was made before."));
  }
  return current;
}

absl::Status Migrate(Connection& connection, const std::vector<Migration>& migrations) {
  ASSIGN_OR_RETURN(const int64_t current, CheckSchemaVersion(connection, migrations));
  for (const Migration& migration : migrations) {
    if (migration.version <= current) continue;
    RETURN_IF_ERROR(Apply(connection, migration));
  }
  return absl::OkStatus();
}

}  // namespace gitsync
