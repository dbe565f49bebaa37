#ifndef GITSYNC_STORAGE_SQLITE_SQLITE_RELEASE_STORE_H_
#define GITSYNC_STORAGE_SQLITE_SQLITE_RELEASE_STORE_H_

#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "storage/release_store.h"
#include "storage/sqlite/connection.h"

namespace gitsync {

// Releases in SQLite, on a connection that is in a transaction.
class SqliteReleaseStore : public ReleaseStore {
 public:
  explicit SqliteReleaseStore(Connection& connection) : connection_(connection) {}

  absl::StatusOr<ReleaseRow> Get(absl::string_view app_id,
                                 absl::string_view environment) const override;
  absl::StatusOr<std::vector<ReleaseRow>> List(absl::string_view app_id) const override;
  absl::StatusOr<bool> EnvironmentInUse(absl::string_view organization_id,
                                        absl::string_view environment) const override;
  absl::Status Put(const ReleaseRow& row) override;

 private:
  Connection& connection_;
};

}  // namespace gitsync

#endif  // GITSYNC_STORAGE_SQLITE_SQLITE_RELEASE_STORE_H_
