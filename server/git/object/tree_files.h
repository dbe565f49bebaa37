// Files in git trees: finding, listing and changing them, without a working tree.

#ifndef GITSYNC_SERVER_GIT_OBJECT_TREE_FILES_H_
#define GITSYNC_SERVER_GIT_OBJECT_TREE_FILES_H_

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "server/git/object/libgit2.h"
#include "server/git/object/new_object.h"

namespace gitsync {

// Limits on what is read from a repository, so that a hostile one costs little. What we
// write ourselves is within them: server/format makes up to 20,000 files of elements,
// each with up to three entries of folders and order beside it, and 128 MiB.
inline constexpr int kMaxFolderDepth = 12;
inline constexpr size_t kMaxFolderEntries = 100'000;
inline constexpr size_t kMaxBlobBytes = 128 << 20;
inline constexpr size_t kMaxFolderBytes = 140 << 20;

// An entry of a tree that is no tree itself.
struct TreeFile {
  git_oid id = {};
  git_filemode_t mode = GIT_FILEMODE_BLOB;

  bool IsRegular() const {
    return mode == GIT_FILEMODE_BLOB || mode == GIT_FILEMODE_BLOB_EXECUTABLE;
  }
  // Whether both are regular files of the same content.
  bool SameContent(const TreeFile& other) const {
    return IsRegular() && other.IsRegular() && git_oid_equal(&id, &other.id) != 0;
  }
};

// By path below a folder.
using TreeFiles = std::map<std::string, TreeFile>;
// What becomes of each path: a file, or none.
using TreeChanges = std::map<std::string, std::optional<TreeFile>>;

// FAILED_PRECONDITION (INVALID_GIT_CONTENT) about a path of the repository.
absl::Status InvalidContent(absl::string_view path, absl::string_view problem);

// The tree of a commit, which the mirror is to have: a mirror fault if not.
absl::StatusOr<TreePtr> TreeOfCommit(git_repository* repository,
                                     absl::string_view commit_id);

absl::StatusOr<TreePtr> LookUpTree(git_repository* repository, const git_oid& id);

// The tree at `path` below `root`; nothing if there is none. INVALID_GIT_CONTENT if a
// part of the path is no folder.
absl::StatusOr<std::optional<git_oid>> FindFolder(git_repository* repository,
                                                  const git_tree* root,
                                                  absl::string_view path);

// Whether `path` is one of `owned`, or below one of them.
bool IsOwned(const std::vector<std::string>& owned, absl::string_view path);

// All below the folder's tree that is owned, but for files of which `is_others` (null:
// of none) is true. INVALID_GIT_CONTENT beyond the limits.
absl::StatusOr<TreeFiles> ListOwnedFiles(git_repository* repository,
                                         const git_oid& folder_tree,
                                         absl::string_view folder,
                                         const std::vector<std::string>& owned,
                                         bool (*is_others)(absl::string_view path));

// The trees that a change makes.
struct WrittenTrees {
  git_oid root = {};
  std::optional<git_oid> folder;   // none: nothing is left in it
  std::vector<NewObject> objects;  // those that were not at their place before
};

// Writes the trees that come of making `changes` (at least one) below `folder` in
// `root` (null: an empty tree). Only trees along the changed paths are read and
// written; folders that become empty go.
absl::StatusOr<WrittenTrees> WriteChanges(git_repository* repository,
                                          const git_tree* root,
                                          absl::string_view folder,
                                          const TreeChanges& changes);

}  // namespace gitsync

#endif  // GITSYNC_SERVER_GIT_OBJECT_TREE_FILES_H_
