#include "storage/sqlite/sqlite_request_store.h"

#include "storage/sqlite/query.h"

namespace gitsync {
namespace {

RequestRow Read(Row& row) {
  RequestRow result;
  result.key = row.Text();
  result.fingerprint = row.Bytes();
  result.operation_id = row.Text();
  result.response = row.Text();
  result.create_time = row.Time();
  return result;
}

}  // namespace

absl::StatusOr<RequestRow> SqliteRequestStore::Get(absl::string_view key) const {
  return QueryOne(connection_, Read,
                  "SELECT key, fingerprint, operation_id, response, create_time "
                  "FROM requests WHERE key = ?",
                  key);
}

absl::Status SqliteRequestStore::Insert(const RequestRow& row) {
  return Execute(connection_,
                 "INSERT INTO requests (key, fingerprint, operation_id, response, "
                 "create_time) VALUES (?, ?, ?, ?, ?)",
                 row.key, BytesInText{row.fingerprint}, NullIfEmpty{row.operation_id},
                 Blob{row.response}, row.create_time)
      .status();
}

absl::Status SqliteRequestStore::DeleteByOperation(absl::string_view operation_id) {
  return Execute(connection_, "DELETE FROM requests WHERE operation_id = ?",
                 operation_id)
      .status();
}

absl::StatusOr<int> SqliteRequestStore::DeleteOlderThan(absl::Time time, int limit) {
  return Execute(
      connection_,
      "DELETE FROM requests WHERE sequence IN (SELECT sequence FROM requests "
      "WHERE create_time < ? ORDER BY create_time LIMIT ?)",
      time, limit);
}

}  // namespace gitsync
