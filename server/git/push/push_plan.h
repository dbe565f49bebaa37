// What a push would commit on top of a given commit.

#ifndef GITSYNC_SERVER_GIT_PUSH_PUSH_PLAN_H_
#define GITSYNC_SERVER_GIT_PUSH_PUSH_PLAN_H_

#include <functional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "server/git/object/tree_files.h"
#include "server/git/push/branch_push.h"

namespace gitsync {

struct PushPlan {
  git_oid root_tree = {};
  std::string folder;  // where the item's folder was found
  std::string folder_tree_id;
  bool unchanged = false;  // the start commit has exactly this
  // Objects to send that the start commit has not, without the commit.
  std::vector<NewObject> new_objects;
  std::vector<std::string> overwritten_files;
  std::vector<std::string> merged_files;
  GitFiles merged;
  // Conflicts that there might not be if the mirror had the base tree.
  bool base_is_missing = false;
  std::vector<std::string> conflicts;  // not empty: nothing was written
  // Whether these are because others deleted the folder.
  bool folder_was_deleted = false;
};

// Merges the item's files onto the folder at `start_commit` (empty: nothing is
// there) and writes the blobs and trees that are new to the mirror.
//
// Errors: FAILED_PRECONDITION (INVALID_GIT_CONTENT) where the repository has a file in
// place of the folder; those of FindPushFolder and of push_checks.h; mirror faults.
absl::StatusOr<PushPlan> PlanPush(git_repository* repository,
                                  const std::string& start_commit,
                                  const PushItem& item);

// The error of a plan with conflicts: ABORTED (APP_CONFLICT, GIT_APP_DELETED).
absl::Status ConflictError(const PushPlan& plan);

// Writes the commit. A parent: `start_commit`, or none if it is empty.
absl::StatusOr<git_oid> WriteCommit(git_repository* repository,
                                    const git_oid& root_tree,
                                    const std::string& start_commit,
                                    const PushRequest& request,
                                    const GitSignature& committer);

// INTERNAL for a request that can't be meant: a bad folder, or files that are not
// owned.
absl::Status CheckPushRequest(const PushRequest& request);

}  // namespace gitsync

#endif  // GITSYNC_SERVER_GIT_PUSH_PUSH_PLAN_H_
