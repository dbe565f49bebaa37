#ifndef GITSYNC_SERVER_SYNC_PROMOTE_H_
#define GITSYNC_SERVER_SYNC_PROMOTE_H_

#include "absl/status/statusor.h"
#include "server/operation/operation_runner.h"
#include "server/resource/caller.h"
#include "server/sync/sync_environment.h"
#include "server/sync/sync_service.h"

namespace gitsync {

// Checks a promotion, and returns the operation that promotes.
absl::StatusOr<OperationRunner::Plan> PlanPromote(const SyncEnvironment& env,
                                                  const Transaction& tx,
                                                  const Caller& caller,
                                                  const PromoteInput& input);

}  // namespace gitsync

#endif  // GITSYNC_SERVER_SYNC_PROMOTE_H_
