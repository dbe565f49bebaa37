#ifndef GITSYNC_SERVER_SYNC_GIT_SETUP_H_
#define GITSYNC_SERVER_SYNC_GIT_SETUP_H_

#include <functional>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "server/base/context.h"
#include "server/sync/sync_environment.h"
#include "server/sync/sync_service.h"

namespace gitsync {

// Proves that a configuration works and records what was found, or records why it does
// not work. If another call did so meanwhile and found the same, its record stays as it
// is. Blocks on the remote: for a worker. See SyncService::FinalizeGitConfig.
absl::StatusOr<FinalizeResult> Finalize(
    const SyncEnvironment& env, const GitConfigRow& config, const FinalizeInput& input,
    const std::function<absl::Status(Transaction&, const FinalizeResult&)>& on_commit,
    const Context& context);

// Tries a configuration and reports each step. Blocks on the remote: for a worker.
std::vector<ConnectionStepResult> TestConnection(const SyncEnvironment& env,
                                                 const GitConfigRow& config,
                                                 const Context& context);

}  // namespace gitsync

#endif  // GITSYNC_SERVER_SYNC_GIT_SETUP_H_
