#ifndef GITSYNC_SERVER_SYNC_SENT_COMMITS_H_
#define GITSYNC_SERVER_SYNC_SENT_COMMITS_H_

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "server/git/git_engine.h"
#include "server/sync/sync_environment.h"
#include "storage/operation_store.h"

namespace gitsync {

// A push whose outcome is unknown may be made again, on another parent and so as
// another commit, while the first one is still on its way: each that was sent may be
// the one that landed.

// The commits that tries of a push sent, or were about to.
std::vector<std::string> SentCommits(const PushIntent& push);

// Makes `commit_id` the one that is about to be sent.
void RememberSent(PushIntent& push, const std::string& commit_id);

// What one of them brought to the branch.
struct SentCommit {
  std::string tree_id;  // of the app's folder
  GitFiles merged;      // the folder, if others' changes were merged into it
};

// Finds out about one of SentCommits that the mirror has. Of other commits it knows
// nothing, and says so by an empty result.
absl::StatusOr<SentCommit> ReadSentCommit(const SyncEnvironment& env,
                                          const Repository& repository,
                                          const OperationRow& row,
                                          absl::string_view commit_id);

}  // namespace gitsync

#endif  // GITSYNC_SERVER_SYNC_SENT_COMMITS_H_
