#ifndef GITSYNC_STORAGE_SQLITE_SQLITE_APP_STORE_H_
#define GITSYNC_STORAGE_SQLITE_SQLITE_APP_STORE_H_

#include <optional>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "storage/app_store.h"
#include "storage/sqlite/connection.h"

namespace gitsync {

// Apps in SQLite, on a connection that is in a transaction.
class SqliteAppStore : public AppStore {
 public:
  explicit SqliteAppStore(Connection& connection) : connection_(connection) {}

  absl::StatusOr<AppRow> Get(absl::string_view id) const override;
  absl::StatusOr<AppRow> GetByGitAppId(absl::string_view organization_id,
                                       absl::string_view git_app_id) const override;
  absl::StatusOr<bool> SlugTaken(absl::string_view organization_id,
                                 absl::string_view slug) const override;
  absl::StatusOr<bool> AnySyncedWith(absl::string_view organization_id,
                                     absl::string_view ref) const override;
  absl::StatusOr<bool> NameTaken(absl::string_view organization_id,
                                 absl::string_view name,
                                 absl::string_view except_id) const override;
  absl::StatusOr<Page<AppRow>> List(absl::string_view organization_id,
                                    PageRequest page) const override;
  absl::Status Insert(const AppRow& row) override;
  absl::Status Update(const AppRow& row) override;
  absl::Status SetGitState(absl::string_view id,
                           const std::optional<GitSyncState>& state) override;
  absl::Status ClearGitStates(absl::string_view organization_id) override;
  absl::Status Delete(absl::string_view id) override;

 private:
  Connection& connection_;
};

}  // namespace gitsync

#endif  // GITSYNC_STORAGE_SQLITE_SQLITE_APP_STORE_H_
