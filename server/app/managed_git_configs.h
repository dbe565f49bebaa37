// The setting `git_configs`.

#ifndef GITSYNC_SERVER_APP_MANAGED_GIT_CONFIGS_H_
#define GITSYNC_SERVER_APP_MANAGED_GIT_CONFIGS_H_

#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "gitsync/config/v1/server_config.pb.h"
#include "server/security/sealer.h"
#include "storage/store.h"

namespace gitsync {

// Checks the content of the setting, as the calls that configure git do.
// INVALID_ARGUMENT, bare, with a line for each fault and no secrets.
absl::Status CheckManagedGitConfigs(const config::v1::ServerConfig& config);

// Updates the store to match the setting, which must have been checked. Logs a warning
// for each organization that does not exist. Returns the mirrors that are no longer
// used. Blocks on the store. Errors are for the operator.
absl::StatusOr<std::vector<std::string>> ApplyManagedGitConfigs(
    const config::v1::ServerConfig& config, const Sealer& sealer, absl::Time now,
    Store& store);

}  // namespace gitsync

#endif  // GITSYNC_SERVER_APP_MANAGED_GIT_CONFIGS_H_
