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

// A push in doubt may be retried on another parent, and so as another commit, while the
// first one is still on its way. Any commit that was sent may be the one that landed.

// The commits that tries of a push sent, or were about to send.
std::vector<std::string> SentCommits(const PushIntent& push);

// Makes `commit_id` the commit that is about to be sent.
void RememberSent(PushIntent& push, const std::string& commit_id);

// What a sent commit brought to the branch.
struct SentCommit {
  std::string tree_id;  // of the app's folder
  GitFiles merged;      // the folder, if others' changes were merged into it
};

// Reads one of SentCommits that the mirror has. The result is empty for any other
// commit.
absl::StatusOr<SentCommit> ReadSentCommit(const SyncEnvironment& env,
                                          const Repository& repository,
                                          const OperationRow& row,
                                          absl::string_view commit_id);

}  // namespace gitsync

#endif  // GITSYNC_SERVER_SYNC_SENT_COMMITS_H_
