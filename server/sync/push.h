#ifndef GITSYNC_SERVER_SYNC_PUSH_H_
#define GITSYNC_SERVER_SYNC_PUSH_H_

#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "server/operation/operation_runner.h"
#include "server/resource/caller.h"
#include "server/sync/sync_environment.h"
#include "server/sync/sync_service.h"

namespace gitsync {

// Checks a push, and returns the operation that pushes.
absl::StatusOr<OperationRunner::Plan> PlanPush(const SyncEnvironment& env,
                                               const Transaction& tx,
                                               const Caller& caller,
                                               const PushInput& input);

// The operation that ends the push `row`, which is in doubt. It looks for the commit on
// the remote; if the commit is not there, it creates it again from the same state and
// pushes it. Ends with OUTCOME_UNKNOWN as long as the remote can't be asked. It is
// batched with others of its branch unless `alone` is set. Errors: those of
// ReadyGitConfig.
absl::StatusOr<OperationRunner::Plan> PlanPushRecovery(const SyncEnvironment& env,
                                                       const Transaction& tx,
                                                       const OperationRow& row,
                                                       bool alone);

}  // namespace gitsync

#endif  // GITSYNC_SERVER_SYNC_PUSH_H_
