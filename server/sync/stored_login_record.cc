#include "server/sync/stored_login_record.h"

#include <string>

#include "server/base/logging.h"
#include "server/base/status_macros.h"
#include "server/sync/sync_environment.h"

namespace gitsync {

void StoredLoginRecord::Keep(const Remote& remote, bool worked) {
  const absl::Status kept = store_->Write([&](Transaction& tx) -> absl::Status {
    absl::StatusOr<GitConfigRow> row = tx.git_configs().Get(remote.organization);
    if (absl::IsNotFound(row.status())) return absl::OkStatus();
    RETURN_IF_ERROR(row.status());
    const std::string proved_etag = worked ? row->etag : "";
    // The login says nothing about a configuration that was changed meanwhile.
    if (CircuitOf(*row) != remote.circuit || row->proved_etag == proved_etag) {
      return absl::OkStatus();
    }
    row->proved_etag = proved_etag;
    return tx.git_configs().Put(*row);
  });
  if (!kept.ok()) {
    Log(LogLevel::kWarning, "outcome of an SSH login not recorded",
        {{"organization_id", remote.organization}, {"status", kept}});
  }
}

}  // namespace gitsync
