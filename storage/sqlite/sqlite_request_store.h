#ifndef GITSYNC_STORAGE_SQLITE_SQLITE_REQUEST_STORE_H_
#define GITSYNC_STORAGE_SQLITE_SQLITE_REQUEST_STORE_H_

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "storage/request_store.h"
#include "storage/sqlite/connection.h"

namespace gitsync {

// Requests in SQLite, on a connection that is in a transaction.
class SqliteRequestStore : public RequestStore {
 public:
  explicit SqliteRequestStore(Connection& connection) : connection_(connection) {}

  absl::StatusOr<RequestRow> Get(absl::string_view key) const override;
  absl::Status Insert(const RequestRow& row) override;
  absl::Status DeleteByOperation(absl::string_view operation_id) override;
  absl::StatusOr<int> DeleteOlderThan(absl::Time time, int limit) override;

 private:
  Connection& connection_;
};

}  // namespace gitsync

#endif  // GITSYNC_STORAGE_SQLITE_SQLITE_REQUEST_STORE_H_
