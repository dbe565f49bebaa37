// Git configurations that come from the server's settings.

#ifndef GITSYNC_SERVER_RESOURCE_MANAGED_GIT_CONFIGS_H_
#define GITSYNC_SERVER_RESOURCE_MANAGED_GIT_CONFIGS_H_

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "server/resource/git_configs.h"
#include "server/security/sealer.h"
#include "storage/store.h"

namespace gitsync {

struct ManagedGitConfigsResult {
  std::vector<std::string> unknown_organizations;  // whose drafts were left out
  std::vector<std::string> dropped_mirror_ids;
};

// Makes `drafts`, of different organizations, the configurations that are managed, in
// place of what the organizations had. One that is as its draft has it stays as it is;
// a new token, App's key, user name or certificate for the same repository keeps it
// finalized. What was managed and has no draft any more becomes an ordinary
// configuration, and goes on.
absl::StatusOr<ManagedGitConfigsResult> PutManagedGitConfigs(
    Transaction& tx, const std::vector<GitConfigDraft>& drafts, const Sealer& sealer,
    absl::Time now);

}  // namespace gitsync

#endif  // GITSYNC_SERVER_RESOURCE_MANAGED_GIT_CONFIGS_H_
