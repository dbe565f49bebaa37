#ifndef GITSYNC_STORAGE_SQLITE_SQLITE_ACCESS_TOKEN_STORE_H_
#define GITSYNC_STORAGE_SQLITE_SQLITE_ACCESS_TOKEN_STORE_H_

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "storage/access_token_store.h"
#include "storage/sqlite/connection.h"

namespace gitsync {

// Access tokens in SQLite, on a connection that is in a transaction.
class SqliteAccessTokenStore : public AccessTokenStore {
 public:
  explicit SqliteAccessTokenStore(Connection& connection) : connection_(connection) {}

  absl::StatusOr<AccessTokenRow> Get(absl::string_view id) const override;
  absl::StatusOr<AccessTokenRow> GetByHash(absl::string_view hash) const override;
  absl::StatusOr<Page<AccessTokenRow>> List(absl::string_view organization_id,
                                            PageRequest page) const override;
  absl::StatusOr<int> CountAdmins(absl::Time now) const override;
  absl::Status Insert(const AccessTokenRow& row) override;
  absl::Status Revoke(absl::string_view id, absl::Time now) override;

 private:
  Connection& connection_;
};

}  // namespace gitsync

#endif  // GITSYNC_STORAGE_SQLITE_SQLITE_ACCESS_TOKEN_STORE_H_
