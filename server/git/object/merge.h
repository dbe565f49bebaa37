// Three-way merge of a folder, file by file.

#ifndef GITSYNC_SERVER_GIT_OBJECT_MERGE_H_
#define GITSYNC_SERVER_GIT_OBJECT_MERGE_H_

#include <optional>
#include <string>
#include <vector>

#include "server/git/object/tree_files.h"

namespace gitsync {

struct FolderMerge {
  TreeFiles files;
  // Changed on both sides; not empty means that there is no merge, unless forced.
  std::vector<std::string> conflicts;
  std::vector<std::string> overwritten;  // others' changes that ours replaced
  std::vector<std::string> merged;       // others' changes that were kept
};

// Merges what we want (`ours`) with what the remote has (`theirs`), given what ours was
// made from (`base`; nothing if it is not known, and then all that differs conflicts).
// A remote without any of the files is a folder that is new there, if there is no base;
// with one, somebody deleted them. Something
// in `theirs` that is no regular file always conflicts. With `force` a conflict is
// decided for ours.
FolderMerge MergeFolder(const std::optional<TreeFiles>& base, const TreeFiles& ours,
                        const TreeFiles& theirs, bool force);

// Ours, whatever the remote has.
FolderMerge ReplaceFolder(const TreeFiles& ours, const TreeFiles& theirs);

}  // namespace gitsync

#endif  // GITSYNC_SERVER_GIT_OBJECT_MERGE_H_
