#ifndef GITSYNC_STORAGE_SQLITE_SQLITE_ORGANIZATION_STORE_H_
#define GITSYNC_STORAGE_SQLITE_SQLITE_ORGANIZATION_STORE_H_

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "storage/organization_store.h"
#include "storage/sqlite/connection.h"

namespace gitsync {

// Organizations in SQLite, on a connection that is in a transaction.
class SqliteOrganizationStore : public OrganizationStore {
 public:
  explicit SqliteOrganizationStore(Connection& connection) : connection_(connection) {}

  absl::StatusOr<OrganizationRow> Get(absl::string_view id) const override;
  absl::StatusOr<Page<OrganizationRow>> List(PageRequest page) const override;
  absl::Status Insert(const OrganizationRow& row) override;
  absl::Status Update(const OrganizationRow& row) override;
  absl::Status Delete(absl::string_view id) override;

 private:
  Connection& connection_;
};

}  // namespace gitsync

#endif  // GITSYNC_STORAGE_SQLITE_SQLITE_ORGANIZATION_STORE_H_
