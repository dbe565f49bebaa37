#include "server/sync/sent_commits.h"

#include <algorithm>
#include <utility>

#include "server/base/status_macros.h"
#include "server/format/app_files.h"
#include "server/format/definition.h"

namespace gitsync {
namespace {

// A retry as another commit means that the branch has moved, after which the commits
// sent before can't land any more. Keeping the last ones is enough.
constexpr size_t kMostEarlier = 16;

bool Contains(const std::vector<std::string>& ids, absl::string_view id) {
  return std::find(ids.begin(), ids.end(), id) != ids.end();
}

}  // namespace

std::vector<std::string> SentCommits(const PushIntent& push) {
  std::vector<std::string> ids = push.earlier_commit_ids;
  if (!push.commit_id.empty()) ids.push_back(push.commit_id);
  return ids;
}

void RememberSent(PushIntent& push, const std::string& commit_id) {
  std::vector<std::string>& earlier = push.earlier_commit_ids;
  if (!push.commit_id.empty() && push.commit_id != commit_id) {
    earlier.push_back(push.commit_id);
  }
  earlier.erase(std::remove(earlier.begin(), earlier.end(), commit_id), earlier.end());
  if (earlier.size() > kMostEarlier) earlier.erase(earlier.begin());
  push.commit_id = commit_id;
}

absl::StatusOr<SentCommit> ReadSentCommit(const SyncEnvironment& env,
                                          const Repository& repository,
                                          const OperationRow& row,
                                          absl::string_view commit_id) {
  const PushIntent& push = *row.push;
  SentCommit sent;
  const bool last = commit_id == push.commit_id;
  if (last && !row.files_were_merged) {
    sent.tree_id = push.tree_id;
    return sent;
  }
  if (!last && !Contains(push.earlier_commit_ids, commit_id)) return sent;
  ASSIGN_OR_RETURN(FolderSnapshot folder,
                   env.engine->ReadFolder(repository, commit_id, push.folder));
  sent.tree_id = folder.tree_id;
  if (!last) {
    // Whether an earlier commit was a merge is not recorded, but its content tells.
    ASSIGN_OR_RETURN(const AppContent there, ReadApp(folder.files));
    std::string pushed;
    RETURN_IF_ERROR(env.store->Read([&](const Transaction& tx) -> absl::Status {
      ASSIGN_OR_RETURN(pushed, tx.versions().GetDefinition(push.definition_hash));
      return absl::OkStatus();
    }));
    ASSIGN_OR_RETURN(pushed, CanonicalJson(pushed));
    if (there.definition == pushed) return sent;
  }
  sent.merged = std::move(folder.files);
  return sent;
}

}  // namespace gitsync
