#ifndef GITSYNC_STORAGE_SQLITE_SQLITE_VERSION_STORE_H_
#define GITSYNC_STORAGE_SQLITE_SQLITE_VERSION_STORE_H_

#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "storage/sqlite/connection.h"
#include "storage/version_store.h"

namespace gitsync {

// Versions and definitions in SQLite, on a connection that is in a transaction.
class SqliteVersionStore : public VersionStore {
 public:
  explicit SqliteVersionStore(Connection& connection) : connection_(connection) {}

  absl::StatusOr<VersionRow> Get(absl::string_view id) const override;
  absl::StatusOr<VersionRow> GetByName(absl::string_view app_id,
                                       absl::string_view name) const override;
  absl::StatusOr<VersionRow> GetLatest(absl::string_view app_id) const override;
  absl::StatusOr<Page<VersionRow>> List(absl::string_view app_id,
                                        PageRequest page) const override;
  absl::StatusOr<std::string> GetDefinition(absl::string_view hash) const override;
  absl::StatusOr<std::string> PutDefinition(absl::string_view definition) override;
  absl::Status Insert(const VersionRow& row) override;
  absl::Status Update(const VersionRow& row) override;
  absl::Status Delete(absl::string_view id) override;

  // Removes the definitions that this transaction left without any reference. To be
  // called before the commit.
  absl::Status RemoveUnnamedDefinitions();

 private:
  Connection& connection_;
};

}  // namespace gitsync

#endif  // GITSYNC_STORAGE_SQLITE_SQLITE_VERSION_STORE_H_
