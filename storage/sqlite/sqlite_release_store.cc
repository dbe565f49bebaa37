#include "storage/sqlite/sqlite_release_store.h"

#include "absl/strings/str_cat.h"
#include "storage/sqlite/query.h"

namespace gitsync {
namespace {

constexpr char kSelect[] =
    "SELECT app_id, environment, version_id, definition_hash, operation_id, "
    "release_time FROM releases ";

ReleaseRow Read(Row& row) {
  ReleaseRow result;
  result.app_id = row.Text();
  result.environment = row.Text();
  result.version_id = row.Text();
  result.definition_hash = row.Text();
  result.operation_id = row.Text();
  result.release_time = row.Time();
  return result;
}

}  // namespace

absl::StatusOr<ReleaseRow> SqliteReleaseStore::Get(
    absl::string_view app_id, absl::string_view environment) const {
  return QueryOne(connection_, Read,
                  absl::StrCat(kSelect, "WHERE app_id = ? AND environment = ?"), app_id,
                  environment);
}

absl::StatusOr<std::vector<ReleaseRow>> SqliteReleaseStore::List(
    absl::string_view app_id) const {
  return QueryAll(connection_, Read,
                  absl::StrCat(kSelect, "WHERE app_id = ? ORDER BY environment"),
                  app_id);
}

absl::StatusOr<bool> SqliteReleaseStore::EnvironmentInUse(
    absl::string_view organization_id, absl::string_view environment) const {
  return QueryOne(connection_, ReadBool,
                  "SELECT EXISTS (SELECT 1 FROM releases WHERE organization_id = ? AND "
                  "environment = ?)",
                  organization_id, environment);
}

absl::Status SqliteReleaseStore::Put(const ReleaseRow& row) {
  return ExecuteOne(
      connection_,
      "INSERT INTO releases (app_id, organization_id, environment, version_id, "
      "definition_hash, operation_id, release_time) SELECT id, organization_id, ?2, "
      "?3, "
      "?4, ?5, ?6 FROM apps WHERE id = ?1 ON CONFLICT (app_id, environment) DO UPDATE "
      "SET version_id = excluded.version_id, definition_hash = "
      "excluded.definition_hash, operation_id = excluded.operation_id, release_time = "
      "excluded.release_time",
      row.app_id, row.environment, row.version_id, row.definition_hash,
      row.operation_id, row.release_time);
}

}  // namespace gitsync
