#include "storage/sqlite/migration.h"

#include <sqlite3.h>

#include <string>

#include "absl/strings/str_cat.h"
#include "server/base/error.h"
#include "server/base/status_macros.h"
#include "server/base/unicode.h"

namespace gitsync {
namespace {

// NameKey as a function for SQL statements.
void SqlNameKey(sqlite3_context* context, int /*count*/, sqlite3_value** values) {
  const auto* const text = reinterpret_cast<const char*>(sqlite3_value_text(values[0]));
  if (text == nullptr) return sqlite3_result_null(context);
  const std::string key =
      NameKey({text, static_cast<size_t>(sqlite3_value_bytes(values[0]))});
  sqlite3_result_text(context, key.data(), static_cast<int>(key.size()),
                      SQLITE_TRANSIENT);
}

absl::Status DefineFunctions(Connection& connection) {
  const int result =
      sqlite3_create_function_v2(connection.database().getHandle(), "gitsync_name_key",
                                 1, SQLITE_UTF8 | SQLITE_DETERMINISTIC, nullptr,
                                 &SqlNameKey, nullptr, nullptr, nullptr);
  if (result == SQLITE_OK) return absl::OkStatus();
  return InternalError("the migrations' functions can't be defined");
}

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
  RETURN_IF_ERROR(DefineFunctions(connection));
  for (const Migration& migration : migrations) {
    if (migration.version <= current) continue;
    RETURN_IF_ERROR(Apply(connection, migration));
  }
  return absl::OkStatus();
}

}  // namespace gitsync
