#ifndef GITSYNC_SERVER_GIT_OBJECT_TREE_NAMES_H_
#define GITSYNC_SERVER_GIT_OBJECT_TREE_NAMES_H_

#include "absl/strings/string_view.h"

namespace gitsync {

// Whether some file system takes `name` for ".git": by case, by NTFS's short names,
// streams, trailing dots and spaces, or by the characters that HFS+ ignores.
bool IsDotGit(absl::string_view name);

// Why a tree entry of this name is refused; empty if it is not.
absl::string_view ProblemWithName(absl::string_view name);

}  // namespace gitsync

#endif  // GITSYNC_SERVER_GIT_OBJECT_TREE_NAMES_H_
