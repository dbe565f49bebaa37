#include "storage/sqlite/sqlite_organization_store.h"

#include "absl/strings/str_cat.h"
#include "server/base/unicode.h"
#include "storage/sqlite/query.h"
#include "storage/sqlite/string_list.h"

namespace gitsync {
namespace {

constexpr char kSelect[] =
    "SELECT sequence, id, name, environments, etag, create_time, update_time "
    "FROM organizations ";

OrganizationRow Read(Row& row) {
  OrganizationRow result;
  row.Skip(1);
  result.id = row.Text();
  result.name = row.Text();
  result.environments = DecodeStringList(row.Text());
  result.etag = row.Text();
  result.create_time = row.Time();
  result.update_time = row.Time();
  return result;
}

}  // namespace

absl::StatusOr<OrganizationRow> SqliteOrganizationStore::Get(
    absl::string_view id) const {
  return QueryOne(connection_, Read, absl::StrCat(kSelect, "WHERE id = ?"), id);
}

absl::StatusOr<Page<OrganizationRow>> SqliteOrganizationStore::List(
    PageRequest page) const {
  return QueryPage(
      connection_, page.limit, Read,
      absl::StrCat(kSelect, "WHERE sequence > ? ORDER BY sequence LIMIT ?"),
      page.after);
}

absl::Status SqliteOrganizationStore::Insert(const OrganizationRow& row) {
  return Execute(connection_,
                 "INSERT INTO organizations (id, name, name_key, environments, etag, "
                 "create_time, update_time) VALUES (?, ?, ?, ?, ?, ?, ?)",
                 row.id, row.name, NameKey(row.name),
                 Blob{EncodeStringList(row.environments)}, row.etag, row.create_time,
                 row.update_time)
      .status();
}

absl::Status SqliteOrganizationStore::Update(const OrganizationRow& row) {
  return ExecuteOne(connection_,
                    "UPDATE organizations SET name = ?1, "
                    "name_key = CASE name WHEN ?1 THEN name_key ELSE ?2 END, "
                    "environments = ?, etag = ?, update_time = ? WHERE id = ?",
                    row.name, NameKey(row.name),
                    Blob{EncodeStringList(row.environments)}, row.etag, row.update_time,
                    row.id);
}

absl::Status SqliteOrganizationStore::Delete(absl::string_view id) {
  return ExecuteOne(connection_, "DELETE FROM organizations WHERE id = ?", id);
}

}  // namespace gitsync
