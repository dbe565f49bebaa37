#ifndef GITSYNC_SERVER_SYNC_REPOSITORY_READS_H_
#define GITSYNC_SERVER_SYNC_REPOSITORY_READS_H_

#include "absl/status/statusor.h"
#include "server/base/context.h"
#include "server/sync/sync_environment.h"
#include "server/sync/sync_service.h"

namespace gitsync {

// Lists a page of the apps in the repository. Blocks on the remote: for a worker.
absl::StatusOr<ListGitAppsResult> ReadGitApps(const SyncEnvironment& env,
                                              const GitConfigRow& config,
                                              const ListGitAppsInput& input,
                                              const Context& context);

// Finds what has changed in the repository for an app since it was synced, one page at
// a time. Blocks on the remote: for a worker.
absl::StatusOr<UpdatesResult> ReadUpdates(const SyncEnvironment& env,
                                          const GitConfigRow& config,
                                          const std::string& git_app_id,
                                          const GitSyncState& state,
                                          const UpdatesInput& input,
                                          const Context& context);

}  // namespace gitsync

#endif  // GITSYNC_SERVER_SYNC_REPOSITORY_READS_H_
