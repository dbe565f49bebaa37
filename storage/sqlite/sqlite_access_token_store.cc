#include "storage/sqlite/sqlite_access_token_store.h"

#include "absl/strings/str_cat.h"
#include "storage/sqlite/query.h"

namespace gitsync {
namespace {

constexpr char kSelect[] =
    "SELECT sequence, id, hash, name, role, organization_id, create_time, expire_time, "
    "revoke_time FROM access_tokens ";

AccessTokenRow Read(Row& row) {
  AccessTokenRow result;
  row.Skip(1);
  result.id = row.Text();
  result.hash = row.Text();
  result.name = row.Text();
  result.role = row.As<Role>();
  result.organization_id = row.Text();
  result.create_time = row.Time();
  result.expire_time = row.OptionalTime();
  result.revoke_time = row.OptionalTime();
  return result;
}

}  // namespace

absl::StatusOr<AccessTokenRow> SqliteAccessTokenStore::Get(absl::string_view id) const {
  return QueryOne(connection_, Read, absl::StrCat(kSelect, "WHERE id = ?"), id);
}

absl::StatusOr<AccessTokenRow> SqliteAccessTokenStore::GetByHash(
    absl::string_view hash) const {
  return QueryOne(connection_, Read, absl::StrCat(kSelect, "WHERE hash = ?"),
                  Blob{hash});
}

absl::StatusOr<Page<AccessTokenRow>> SqliteAccessTokenStore::List(
    absl::string_view organization_id, PageRequest page) const {
  if (organization_id.empty()) {
    return QueryPage(
        connection_, page.limit, Read,
        absl::StrCat(kSelect, "WHERE sequence > ? ORDER BY sequence LIMIT ?"),
        page.after);
  }
  return QueryPage(connection_, page.limit, Read,
                   absl::StrCat(kSelect,
                                "WHERE organization_id = ? AND sequence > ? "
                                "ORDER BY sequence LIMIT ?"),
                   organization_id, page.after);
}

absl::StatusOr<int> SqliteAccessTokenStore::CountAdmins(absl::Time now) const {
  // Two counts, because each of them can use the index; a single one with OR can't.
  ASSIGN_OR_RETURN(
      const int64_t count,
      QueryOne(connection_, ReadInt,
               "SELECT (SELECT COUNT(*) FROM access_tokens WHERE role = ?1 AND "
               "revoke_time IS NULL AND expire_time IS NULL) + (SELECT COUNT(*) FROM "
               "access_tokens WHERE role = ?1 AND revoke_time IS NULL AND "
               "expire_time > ?2)",
               static_cast<int>(Role::kAdmin), now));
  return static_cast<int>(count);
}

absl::Status SqliteAccessTokenStore::Insert(const AccessTokenRow& row) {
  return Execute(connection_,
                 "INSERT INTO access_tokens (id, hash, name, role, organization_id, "
                 "create_time, expire_time, revoke_time) "
                 "VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
                 row.id, Blob{row.hash}, row.name, static_cast<int>(row.role),
                 NullIfEmpty{row.organization_id}, row.create_time, row.expire_time,
                 row.revoke_time)
      .status();
}

absl::Status SqliteAccessTokenStore::Revoke(absl::string_view id, absl::Time now) {
  return ExecuteOne(connection_,
                    "UPDATE access_tokens SET revoke_time = COALESCE(revoke_time, ?) "
                    "WHERE id = ?",
                    now, id);
}

}  // namespace gitsync
