#ifndef GITSYNC_STORAGE_SQLITE_SQLITE_OPERATION_STORE_H_
#define GITSYNC_STORAGE_SQLITE_SQLITE_OPERATION_STORE_H_

#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "storage/operation_store.h"
#include "storage/sqlite/connection.h"

namespace gitsync {

// Operations in SQLite, on a connection that is in a transaction.
class SqliteOperationStore : public OperationStore {
 public:
  explicit SqliteOperationStore(Connection& connection) : connection_(connection) {}

  absl::StatusOr<OperationRow> Get(absl::string_view id) const override;
  absl::StatusOr<Page<OperationRow>> List(absl::string_view organization_id,
                                          absl::string_view app_id,
                                          PageRequest page) const override;
  absl::StatusOr<std::vector<OperationRow>> ListRunning(
      absl::string_view app_id) const override;
  absl::StatusOr<OperationRow> GetLastPush(absl::string_view app_id,
                                           absl::string_view ref) const override;
  absl::Status Insert(const OperationRow& row) override;
  absl::Status Update(const OperationRow& row) override;

 private:
  Connection& connection_;
};

}  // namespace gitsync

#endif  // GITSYNC_STORAGE_SQLITE_SQLITE_OPERATION_STORE_H_
