// Pushes that were about to be sent, or were sent, when the server was killed or the
// connection broke: only the remote can tell what became of them.

#ifndef GITSYNC_SERVER_SYNC_OPEN_PUSHES_H_
#define GITSYNC_SERVER_SYNC_OPEN_PUSHES_H_

#include <vector>

#include "absl/status/status.h"
#include "server/base/context.h"
#include "server/git/git_engine.h"
#include "server/operation/operation_runner.h"
#include "server/sync/joint_push.h"
#include "server/sync/sync_environment.h"

namespace gitsync {

// Whether a push may have reached its remote.
bool MayHaveReachedRemote(const OperationRow& row);

// As which an open push ends: `status` if that makes its outcome certain, else
// OUTCOME_UNKNOWN.
absl::Status AsFarAsKnown(const absl::Status& status, const OperationRow& row);

// Finds out what became of open pushes of one branch of the repository. Those whose
// commits are on the branch are recorded. The rest is added to `push`, to be made
// again: the remote may still be about to take the first ones, so looking alone does
// not tell, but only one of the two gets through, and then its outcome is certain.
// Those that can't be made again end with ABORTED (INTERRUPTED), those that ended
// meanwhile with OK. Blocks on the remote.
void FinishOpenPushes(const SyncEnvironment& env, const Repository& repository,
                      const Context& context,
                      const std::vector<OperationRunner::Run*>& runs, JointPush& push,
                      const PushEnded& ended);

// Ends the open pushes of the run's app and branch, if there are any: what they did
// decides what the run's own builds on. Blocks on the remote.
absl::Status SettleEarlierPushes(const SyncEnvironment& env,
                                 const Repository& repository, const Context& context,
                                 OperationRunner::Run& run);

}  // namespace gitsync

#endif  // GITSYNC_SERVER_SYNC_OPEN_PUSHES_H_
