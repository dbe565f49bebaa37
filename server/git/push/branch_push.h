// Pushes, as the use cases ask for them.

#ifndef GITSYNC_SERVER_GIT_PUSH_BRANCH_PUSH_H_
#define GITSYNC_SERVER_GIT_PUSH_BRANCH_PUSH_H_

#include <cstddef>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "server/git/object/commit.h"
#include "server/git/object/folder_listing.h"
#include "server/git/repository.h"

namespace gitsync {

// What a push is to do.
struct PushRequest {
  std::string branch;
  // Start of `branch` when the remote has no such branch. When it has not this one
  // either, the start is the remote's default branch; a remote without any branches
  // gets a root commit.
  std::string base_branch;
  // Whether the remote had `base_branch` before: that it has not now is an error then,
  // unless it has no branches at all.
  bool base_was_there = false;
  std::string folder;  // in the repository, without "/" at either end
  // The whole content of `owned` in the folder.
  GitFiles files;
  // Paths below the folder that `files` replaces whole: files, or folders with all in
  // them. What else is in the folder is not touched.
  std::vector<std::string> owned;
  // Says of a path in `owned` that it is none of ours all the same: not touched either.
  // Null: none is.
  bool (*is_others)(absl::string_view path) = nullptr;
  // By what the folder is found where others have renamed it: what `id_of` reads in
  // its `file`, which no folder beside it has. None: it is at `folder`.
  struct Identity {
    std::string file;
    std::string id;
    IdOf id_of = nullptr;
  };
  std::optional<Identity> identity;
  // Tree of the folder that the files were made from; empty: the folder is new.
  std::string base_tree_id;
  bool force = false;
  std::string message;  // with its trailers
  GitSignature author;
  absl::Time time;
  // Commits that an earlier, interrupted run of the same push made: if one is on the
  // remote, that is the result.
  std::vector<std::string> earlier_commits;
};

struct PushResult {
  std::string commit_id;  // on the remote
  std::string folder;     // where it was found, or made
  std::string tree_id;    // of the folder in it
  bool changed = false;   // false: the remote had these files already
  std::vector<std::string> overwritten_files;  // others' changes, with `force`
  std::vector<std::string> merged_files;       // others' changes, kept
  // The folder's files after a merge; empty without one.
  GitFiles merged;
};

// What is about to be pushed. Recorded durably before the pack is sent.
struct PushIntentInfo {
  std::string base_commit_id;  // what the commit is made on; empty: it has no parent
  std::string commit_id;
  std::string folder;
  std::string tree_id;
  bool merged = false;  // whether the commit holds others' changes to the folder
  size_t item = 0;      // whose it is
};

// One of the pushes that go out together.
struct PushItem {
  PushRequest request;
  // Checks files that a merge made before they are committed; an error makes the merge
  // a conflict. May be null.
  std::function<absl::Status(const GitFiles&)> check_merge = nullptr;
  // Merges a file that both sides changed, if it can. May be null.
  std::function<std::optional<std::string>(
      absl::string_view path, absl::string_view base, absl::string_view ours,
      absl::string_view theirs)>
      merge_file = nullptr;
  // Told when a phase begins. Must not block. May be null.
  std::function<void(GitPhase)> on_phase = nullptr;
  // Asked before the item's commit is sent, maybe more than once. If it says no, the
  // others go without it, and it gets no answer. Null: yes.
  std::function<bool()> claim = nullptr;
};

// What became of one of them.
struct PushAnswer {
  size_t item = 0;
  absl::StatusOr<PushResult> result;
};

// What a caller of Push takes part in.
struct PushHooks {
  // Makes intents durable, all of them; they are sent only if it returns OK. Called
  // again if the branch turns out to have moved: an item's last one holds.
  std::function<absl::Status(const std::vector<PushIntentInfo>&)> record_intents;
  // Told what became of items, of each once, as soon as it is certain: together of
  // those that the remote took together.
  std::function<void(std::vector<PushAnswer>)> answer;
};

// A push to a branch that has been started. Used by one thread; it keeps others from
// pushing to the branch until it is destroyed.
class BranchPush {
 public:
  virtual ~BranchPush() = default;

  // Commits files to a branch, a commit for each item in their order, and pushes the
  // commits together. All items name this branch, the same base branch, and folders
  // that do not lie in each other. Never forces: a branch that moves meanwhile is
  // fetched and built on again, up to a limit.
  //
  // A change is merged onto the remote's: a file of the folder that others changed
  // since `base_tree_id` and we did not is kept; one that both changed is a conflict,
  // unless `force`.
  //
  // An item that can't be pushed does not keep the others: one whose commit the remote
  // refuses is found by pushing halves.
  //
  // Returns when the remote is done with it all (hooks, housekeeping) and the mirror is
  // up to date, which is later than the last answer. Called once at most.
  //
  // Errors of items:
  //   ABORTED              (APP_CONFLICT) metadata `files`: one a line, at most 100.
  //   ABORTED              (GIT_APP_DELETED) others deleted the folder.
  //   FAILED_PRECONDITION  (GIT_APP_AMBIGUOUS) several folders have the identity.
  //   ALREADY_EXISTS       (GIT_FOLDER_TAKEN) the folder has another identity by now,
  //                        or would differ from one that is there by letter case only.
  //   FAILED_PRECONDITION  (GIT_FILTERED_FILES) .gitattributes filter the files.
  //   ABORTED              (REMOTE_CHANGED) the branch kept moving.
  //   FAILED_PRECONDITION  (REMOTE_REJECTED) with the remote's words.
  //   FAILED_PRECONDITION  (GIT_BRANCH_MISSING) there is no branch to start from.
  //   UNAVAILABLE or DEADLINE_EXCEEDED (OUTCOME_UNKNOWN) no report of git's came after
  //                        the pack was sent, and the ref does not tell yet.
  // and those of every call of GitEngine.
  virtual void Push(const std::vector<PushItem>& items, const PushHooks& hooks) = 0;
};

}  // namespace gitsync

#endif  // GITSYNC_SERVER_GIT_PUSH_BRANCH_PUSH_H_
