// Commits in the form in which git stores them.
//
// libgit2 does not read a commit whose author or committer it can't take apart: a date
// before 1970 or beyond 64 bits, or nobody's mail. git does, and so do we: what a sync
// needs is the tree and the parents, and what the rest says is told as far as it goes.

#ifndef GITSYNC_SERVER_GIT_OBJECT_COMMIT_OBJECT_H_
#define GITSYNC_SERVER_GIT_OBJECT_COMMIT_OBJECT_H_

#include <cstdint>
#include <optional>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "server/git/object/commit.h"
#include "server/git/object/libgit2.h"
#include "server/git/object/shallow.h"

namespace gitsync {

struct Commit {
  git_oid id = {};
  git_oid tree = {};
  std::vector<git_oid> parents;
  int64_t commit_time = 0;  // seconds since 1970; 0 if the commit does not tell
};

// What `content` says to a program; nothing if it has no tree, and so is no commit.
std::optional<Commit> ParseCommit(const git_oid& id, absl::string_view content);

// What `content` says to a person: all of it is UTF-8, decoded from the encoding that
// the commit names, and no longer than the limits of CommitInfo.
CommitInfo DescribeCommit(const git_oid& id, absl::string_view content);

// Reads a mirror's commits. Those whose parents are not to be had, see shallow.h, come
// without. Not thread-safe; the repository must outlive it.
class CommitReader {
 public:
  static absl::StatusOr<CommitReader> Open(git_repository* repository);

  // Nothing if the mirror has no such object. FAILED_PRECONDITION
  // (INVALID_GIT_CONTENT) if that is no commit; a mirror fault if it is damaged.
  absl::StatusOr<std::optional<Commit>> Find(const git_oid& id) const;

  // The same for one that has to be there: a mirror fault if it is not.
  absl::StatusOr<Commit> Read(const git_oid& id) const;

  // What it says to a person.
  absl::StatusOr<CommitInfo> Describe(const git_oid& id) const;

 private:
  CommitReader(OdbPtr odb, ShallowCommits shallow)
      : odb_(std::move(odb)), shallow_(std::move(shallow)) {}

  // Null if there is none.
  absl::StatusOr<OdbObjectPtr> FindObject(const git_oid& id) const;

  OdbPtr odb_;
  ShallowCommits shallow_;
};

}  // namespace gitsync

#endif  // GITSYNC_SERVER_GIT_OBJECT_COMMIT_OBJECT_H_
