// Pushes in doubt: the server was killed or the connection broke when they were about
// to be sent, or had been sent. Only the remote can tell what became of them.

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

// The status that a push in doubt ends with: `status` if that makes its outcome
// certain, else OUTCOME_UNKNOWN.
absl::Status AsFarAsKnown(const absl::Status& status, const OperationRow& row);

// Finds out what became of the pushes in doubt on one branch of the repository. Pushes
// whose commits are on the branch are recorded. The rest is added to `push`, to be
// retried. Looking alone does not tell, because the remote may still be about to accept
// the first commits; but only one of the two gets through, and then the outcome is
// certain. Pushes that can't be retried end with ABORTED (INTERRUPTED), those that
// ended meanwhile with OK. Blocks on the remote.
void FinishOpenPushes(const SyncEnvironment& env, const Repository& repository,
                      const Context& context,
                      const std::vector<OperationRunner::Run*>& runs, JointPush& push,
                      const PushEnded& ended);

// Ends the pushes in doubt of the run's app and branch, if there are any: the run's own
// push builds on what they did. Blocks on the remote.
absl::Status SettleEarlierPushes(const SyncEnvironment& env,
                                 const Repository& repository, const Context& context,
                                 OperationRunner::Run& run);

}  // namespace gitsync

#endif  // GITSYNC_SERVER_SYNC_OPEN_PUSHES_H_
