// Configurations that are finalized by their first use: those over HTTPS, where there
// is no host key for anyone to confirm.

#ifndef GITSYNC_SERVER_SYNC_FIRST_USE_H_
#define GITSYNC_SERVER_SYNC_FIRST_USE_H_

#include <functional>
#include <optional>

#include "absl/status/status.h"
#include "server/base/context.h"
#include "server/sync/sync_environment.h"
#include "storage/store.h"

namespace gitsync {

// The configuration that made a use fail with the error `status`, and that this use has
// to finalize. Nothing if the use failed for another reason, or because of a
// configuration that only FinalizeGitConfig may finalize.
std::optional<GitConfigRow> AwaitingFirstUse(const Transaction& tx,
                                             const absl::Status& status);

// Finalizes `config` on a worker, unless that has been done meanwhile, and gives `done`
// the result: OK, the error of FinalizeGitConfig, or UNAVAILABLE (REMOTE_PAUSED).
// Concurrent callers get the same answer. Does not block. `done` is called on another
// thread, and may block on the store if it gets OK.
void FinalizeForUse(const SyncEnvironment& env, const GitConfigRow& config,
                    const Context& context, std::function<void(absl::Status)> done);

}  // namespace gitsync

#endif  // GITSYNC_SERVER_SYNC_FIRST_USE_H_
