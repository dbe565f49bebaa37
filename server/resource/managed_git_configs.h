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
  std::vector<std::string> unknown_organizations;  // their drafts were skipped
  std::vector<std::string> dropped_mirror_ids;
};

// Makes `drafts`, each of another organization, the managed configurations, in place of
// what the organizations had. A configuration that matches its draft stays unchanged. A
// new token, App's key, user name or certificate for the same repository keeps it
// finalized. A managed configuration that has no draft any more becomes an ordinary
// one, and stays in use.
absl::StatusOr<ManagedGitConfigsResult> PutManagedGitConfigs(
    Transaction& tx, const std::vector<GitConfigDraft>& drafts, const Sealer& sealer,
    absl::Time now);

}  // namespace gitsync

#endif  // GITSYNC_SERVER_RESOURCE_MANAGED_GIT_CONFIGS_H_
