// Git, as the use cases see it: folders of files in a branch of a remote repository.
// Knows nothing of apps' definitions, organizations, or the store.
//
// Calls block on the remote and run on a worker thread. Thread-safe:
// any number of readers beside one push for each mirror and branch, which is what
// the pool's lanes give; a second one at the same time is safe, and waits.

#ifndef GITSYNC_SERVER_GIT_GIT_ENGINE_H_
#define GITSYNC_SERVER_GIT_GIT_ENGINE_H_

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "absl/functional/function_ref.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "server/base/context.h"
#include "server/git/object/commit.h"
#include "server/git/object/folder_listing.h"
#include "server/git/probe.h"
#include "server/git/push/branch_push.h"
#include "server/git/repository.h"

namespace gitsync {

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

  // Waits for the branch lock, connects, and returns while the remote gets ready:
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
