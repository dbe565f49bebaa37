#include "storage/sqlite/sqlite_version_store.h"

#include "absl/strings/str_cat.h"
#include "server/base/sha256.h"
#include "storage/sqlite/query.h"

namespace gitsync {
namespace {

constexpr char kSelect[] =
    "SELECT sequence, id, app_id, name, definition_hash, definition_size_bytes, "
    "environment, synced_commit_id, synced_definition_hash, etag, create_time, "
    "update_time FROM versions ";

VersionRow Read(Row& row) {
  VersionRow result;
  row.Skip(1);
  result.id = row.Text();
  result.app_id = row.Text();
  result.name = row.Text();
  result.definition_hash = row.Text();
  result.definition_size_bytes = row.Int();
  result.environment = row.Text();
  result.synced_commit_id = row.Text();
  result.synced_definition_hash = row.Text();
  result.etag = row.Text();
  result.create_time = row.Time();
  result.update_time = row.Time();
  return result;
}

// length() of a blob reads only the blob's header.
absl::StatusOr<int64_t> DefinitionSize(Connection& connection,
                                       const std::string& hash) {
  return QueryOne(connection, ReadInt,
                  "SELECT length(text) FROM definitions WHERE hash = ?", hash);
}

}  // namespace

absl::StatusOr<VersionRow> SqliteVersionStore::Get(absl::string_view id) const {
  return QueryOne(connection_, Read, absl::StrCat(kSelect, "WHERE id = ?"), id);
}

absl::StatusOr<VersionRow> SqliteVersionStore::GetByName(absl::string_view app_id,
                                                         absl::string_view name) const {
  return QueryOne(connection_, Read,
                  absl::StrCat(kSelect, "WHERE app_id = ? AND name = ?"), app_id, name);
}

absl::StatusOr<VersionRow> SqliteVersionStore::GetLatest(
    absl::string_view app_id) const {
  return QueryOne(
      connection_, Read,
      absl::StrCat(kSelect, "WHERE app_id = ? ORDER BY change DESC LIMIT 1"), app_id);
}

absl::StatusOr<Page<VersionRow>> SqliteVersionStore::List(absl::string_view app_id,
                                                          PageRequest page) const {
  return QueryPage(
      connection_, page.limit, Read,
      absl::StrCat(kSelect,
                   "WHERE app_id = ? AND sequence > ? ORDER BY sequence LIMIT ?"),
      app_id, page.after);
}

absl::StatusOr<std::string> SqliteVersionStore::GetDefinition(
    absl::string_view hash) const {
  return QueryOne(connection_, ReadText, "SELECT text FROM definitions WHERE hash = ?",
                  hash);
}

absl::StatusOr<std::string> SqliteVersionStore::PutDefinition(
    absl::string_view definition) {
  std::string hash = Sha256Hex(definition);
  ASSIGN_OR_RETURN(const int inserted,
                   Execute(connection_,
                           "INSERT INTO definitions (hash, text) VALUES (?, ?) "
                           "ON CONFLICT (hash) DO NOTHING",
                           hash, Blob{definition}));
  if (inserted > 0) {
    // The definition is removed again if nothing refers to it when the transaction
    // ends.
    RETURN_IF_ERROR(ExecuteOne(
        connection_, "INSERT INTO definition_checks (hash) VALUES (?)", hash));
  }
  return hash;
}

absl::Status SqliteVersionStore::Insert(const VersionRow& row) {
  ASSIGN_OR_RETURN(const int64_t size,
                   DefinitionSize(connection_, row.definition_hash));
  return Execute(connection_,
                 "INSERT INTO versions (id, app_id, name, definition_hash, "
                 "definition_size_bytes, environment, synced_commit_id, "
                 "synced_definition_hash, change, etag, create_time, update_time) "
                 "VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, 1 + COALESCE((SELECT "
                 "MAX(change) FROM versions WHERE app_id = ?2), 0), ?9, ?10, ?11)",
                 row.id, row.app_id, row.name, row.definition_hash, size,
                 row.environment, row.synced_commit_id, row.synced_definition_hash,
                 row.etag, row.create_time, row.update_time)
      .status();
}

absl::Status SqliteVersionStore::Update(const VersionRow& row) {
  ASSIGN_OR_RETURN(const int64_t size,
                   DefinitionSize(connection_, row.definition_hash));
  return ExecuteOne(
      connection_,
      "UPDATE versions SET name = ?2, definition_hash = ?3, "
      "definition_size_bytes = ?4, environment = ?5, synced_commit_id = ?6, "
      "synced_definition_hash = ?7, etag = ?8, update_time = ?9, "
      "change = CASE WHEN definition_hash = ?3 AND synced_commit_id = ?6 AND "
      "synced_definition_hash = ?7 THEN change ELSE 1 + (SELECT MAX(v.change) FROM "
      "versions AS v WHERE v.app_id = versions.app_id) END WHERE id = ?1",
      row.id, row.name, row.definition_hash, size, row.environment,
      row.synced_commit_id, row.synced_definition_hash, row.etag, row.update_time);
}

absl::Status SqliteVersionStore::Delete(absl::string_view id) {
  ASSIGN_OR_RETURN(
      const bool released,
      QueryOne(connection_, ReadBool,
               "SELECT EXISTS (SELECT 1 FROM releases WHERE version_id = ?)", id));
  if (released) return absl::FailedPreconditionError("");
  return ExecuteOne(connection_, "DELETE FROM versions WHERE id = ?", id);
}

absl::Status SqliteVersionStore::RemoveUnnamedDefinitions() {
  // Checked first because emptying an empty table would still write a page.
  ASSIGN_OR_RETURN(const bool any,
                   QueryOne(connection_, ReadBool,
                            "SELECT EXISTS (SELECT 1 FROM definition_checks)"));
  if (!any) return absl::OkStatus();
  RETURN_IF_ERROR(
      Execute(connection_,
              "DELETE FROM definitions WHERE hash IN (SELECT hash FROM "
              "definition_checks) AND NOT EXISTS (SELECT 1 FROM versions AS v "
              "WHERE v.definition_hash = definitions.hash) AND NOT EXISTS (SELECT 1 "
              "FROM releases AS r WHERE r.definition_hash = definitions.hash) AND NOT "
              "EXISTS (SELECT 1 FROM operations AS o WHERE o.push_definition_hash = "
              "definitions.hash AND o.state = 1)")
          .status());
  return Execute(connection_, "DELETE FROM definition_checks").status();
}

}  // namespace gitsync
