#ifndef GITSYNC_STORAGE_SQLITE_SQLITE_GIT_CONFIG_STORE_H_
#define GITSYNC_STORAGE_SQLITE_SQLITE_GIT_CONFIG_STORE_H_

#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "storage/git_config_store.h"
#include "storage/sqlite/connection.h"

namespace gitsync {

// Git configurations in SQLite, on a connection that is in a transaction.
class SqliteGitConfigStore : public GitConfigStore {
 public:
  explicit SqliteGitConfigStore(Connection& connection) : connection_(connection) {}

  absl::StatusOr<GitConfigRow> Get(absl::string_view organization_id) const override;
  absl::StatusOr<std::vector<GitConfigRow>> ListManaged() const override;
  absl::StatusOr<std::vector<std::string>> ListSealHeaders(size_t bytes) const override;
  absl::Status Put(const GitConfigRow& row) override;
  absl::Status Delete(absl::string_view organization_id) override;

 private:
  Connection& connection_;
};

}  // namespace gitsync

#endif  // GITSYNC_STORAGE_SQLITE_SQLITE_GIT_CONFIG_STORE_H_
