#ifndef GITSYNC_SERVER_SYNC_CREATE_FROM_GIT_H_
#define GITSYNC_SERVER_SYNC_CREATE_FROM_GIT_H_

#include "absl/status/statusor.h"
#include "server/operation/operation_runner.h"
#include "server/resource/caller.h"
#include "server/sync/sync_environment.h"
#include "server/sync/sync_service.h"

namespace gitsync {

// Checks the creation of an app from git, and returns the operation that creates it.
absl::StatusOr<OperationRunner::Plan> PlanCreateFromGit(
    const SyncEnvironment& env, const Transaction& tx, const Caller& caller,
    const CreateFromGitInput& input);

}  // namespace gitsync

#endif  // GITSYNC_SERVER_SYNC_CREATE_FROM_GIT_H_
