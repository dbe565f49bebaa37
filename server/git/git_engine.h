// Git, as the use cases see it: folders of files in a branch of a remote repository.
// Knows nothing of apps' definitions, organizations, or the store.
//
// Calls block on the remote and run on the worker pool (worker_pool.h). Thread-safe:
// any number of readers beside one push for each mirror and branch, which is what
// the pool's lanes give; a second one at the same time is safe, and waits.

#ifndef GITSYNC_SERVER_GIT_GIT_ENGINE_H_
#define GITSYNC_SERVER_GIT_GIT_ENGINE_H_

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/functional/function_ref.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "server/base/context.h"
#include "server/git/folder_listing.h"
#include "server/git/remote_branches.h"
#include "server/git/transport/remote.h"

namespace gitsync {

// Files by path below a folder.
using GitFiles = std::map<std::string, std::string>;

struct GitSignature {
  std::string name;
  std::string email;
};

// A commit, as it is shown. Ids are 40 hexadecimal digits, everywhere in this
// interface.
struct CommitInfo {
  // Longer texts of others are cut, so that a list of commits has a known size.
  static constexpr size_t kMaxMessageBytes = 4096;
  static constexpr size_t kMaxNameBytes = 1024;

  std::string id;
  std::string message;
  bool message_truncated = false;
  GitSignature author;
  absl::Time author_time;
};

// Which repository, and which local mirror serves it.
struct Repository {
  // Names the mirror's folder: letters, digits, "-". The same for every call about the
  // same remote of the same organization.
  std::string mirror_id;
  Remote remote;
};

// A ref of the remote, at a commit that the mirror has.
struct ResolvedRef {
  std::string commit_id;
  bool is_branch = false;
};

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

// How far a call is.
enum class GitPhase { kConnecting, kFetching, kCommitting, kPushing };

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

// A folder at a commit.
struct FolderSnapshot {
  std::string commit_id;
  std::string tree_id;
  GitFiles files;
};

// What a probe of a remote found.
struct ProbeResult {
  std::string host_key;  // "type base64"; empty where there is none
  bool repository_empty = false;
  bool branch_exists = false;
  std::string branch_commit_id;
  RemoteBranches branches;
  bool can_write = false;
  std::string write_refusal;  // the remote's words, when it can't
};

// Steps of a probe, in order. The first two are of remotes with a GitHub App only.
enum class ProbeStep {
  kApp,
  kInstallation,
  kConnect,
  kHostKey,
  kAuthenticate,
  kRepository,
  kBranch,
  kFetch,
  kWrite
};

// Which of many commits to return.
struct LogPage {
  int limit = 100;
  int skip = 0;  // the newest ones, which earlier pages had
};

// A page of commits.
struct CommitLog {
  std::vector<CommitInfo> commits;
  int total = 0;  // on all pages
};

// Errors of every call, besides its own:
//   UNAUTHENTICATED      (REMOTE_AUTH_FAILED)
//   PERMISSION_DENIED    (REMOTE_ADDRESS_REFUSED, REMOTE_READ_ONLY)
//   NOT_FOUND            (REMOTE_REPOSITORY_NOT_FOUND)
//   FAILED_PRECONDITION  (HOST_KEY_MISMATCH, REMOTE_COMMAND_FAILED: no git there)
//   UNAVAILABLE          (REMOTE_UNREACHABLE, REMOTE_COMMAND_FAILED, REMOTE_PAUSED)
//   DEADLINE_EXCEEDED    (REMOTE_TIMEOUT, DEADLINE_EXCEEDED)
//   CANCELLED            (CANCELLED)
//   RESOURCE_EXHAUSTED   (STORAGE_FULL)
//   INTERNAL             (REMOTE_PROTOCOL_ERROR, INTERNAL)
class GitEngine {
 public:
  virtual ~GitEngine() = default;

  // Waits for the branch's turn, connects, and returns while the remote gets ready:
  // what its caller still has to do for the push then takes no time of its own. What
  // goes wrong, Push tells. Blocks. `repository` outlives the push; `context` is that
  // of the conversation, for all items.
  virtual std::unique_ptr<BranchPush> StartPush(const Repository& repository,
                                                const std::string& branch,
                                                const Context& context) = 0;

  // Finds a branch, tag, full ref name or commit id (full, or a prefix of 7 or more)
  // on the remote, and brings it into the mirror. Reads the advertisement only if the
  // mirror has it already. NOT_FOUND (GIT_REF_NOT_FOUND), with the remote's branches in
  // the metadata as BranchesOf reads them; an empty repository has none.
  virtual absl::StatusOr<ResolvedRef> Resolve(
      const Repository& repository, absl::string_view ref,
      const std::function<void(GitPhase)>& on_phase, const Context& context) = 0;

  // Reads a folder at a commit that the mirror has. Regular files only (100644,
  // 100755); a symlink, submodule, `.git` in any spelling, a name that is no valid
  // UTF-8, or more than the limits on depth, entries, blob and total size is refused.
  // NOT_FOUND, bare, if there is no such folder; FAILED_PRECONDITION
  // (INVALID_GIT_CONTENT) with the metadata `file`.
  virtual absl::StatusOr<FolderSnapshot> ReadFolder(const Repository& repository,
                                                    absl::string_view commit_id,
                                                    absl::string_view folder) = 0;

  // Reads `file` in each folder directly below `parent`, at a commit that the mirror
  // has. Folders without such a file are left out. Empty if there is no `parent`. Costs
  // only what changed since the last listing, for which `id_of`, a pure function, is
  // always the same for a file's name.
  virtual absl::StatusOr<std::shared_ptr<const FolderListing>> ListFolders(
      const Repository& repository, absl::string_view commit_id,
      absl::string_view parent, absl::string_view file, IdOf id_of) = 0;

  // The commits reachable from `from` and not from `until` (empty: all) that change
  // `folder`, newest first: those of a page, and how many there are. Both are in the
  // mirror, or NOT_FOUND, bare.
  virtual absl::StatusOr<CommitLog> Log(const Repository& repository,
                                        absl::string_view from, absl::string_view until,
                                        absl::string_view folder, const LogPage& page,
                                        const Context& context) = 0;

  // The last commit that made each folder what it is at `from`, in the order given:
  // not one whose change a merge threw away for another content. One walk for all.
  virtual absl::StatusOr<std::vector<CommitInfo>> LastCommits(
      const Repository& repository, absl::string_view from,
      const std::vector<std::string>& folders, const Context& context) = 0;

  // Whether `ancestor` is `commit` or reachable from it; false if the mirror has not
  // both.
  virtual absl::StatusOr<bool> IsAncestor(const Repository& repository,
                                          absl::string_view ancestor,
                                          absl::string_view commit) = 0;

  // Connects, logs in, reads the refs, begins to fetch and finds out whether a push
  // would be let in, without changing anything. `on_step` is told of each step that
  // passed, with what was seen; the step after the last one told is the one that
  // failed.
  virtual absl::StatusOr<ProbeResult> Probe(
      const Remote& remote, absl::string_view branch,
      absl::FunctionRef<void(ProbeStep, absl::string_view detail)> on_step,
      const Context& context) = 0;

  // Deletes a mirror. Costs time the next time it is needed, nothing else.
  virtual void DropMirror(absl::string_view mirror_id) = 0;
};

}  // namespace gitsync

#endif  // GITSYNC_SERVER_GIT_GIT_ENGINE_H_
