// What a repository may hold that keeps a push from being what it is meant to be.

#ifndef GITSYNC_SERVER_GIT_PUSH_PUSH_CHECKS_H_
#define GITSYNC_SERVER_GIT_PUSH_PUSH_CHECKS_H_

#include <string>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "server/git/object/libgit2.h"
#include "server/git/object/tree_files.h"

namespace gitsync {

// ALREADY_EXISTS (GIT_FOLDER_TAKEN) if a part of `folder`, which `root` does not have,
// would lie beside a name that differs from it by letter case or spelling only: file
// systems that know no such difference would make one folder of both.
absl::Status CheckNoTwin(git_repository* repository, const git_tree* root,
                         absl::string_view folder);

// FAILED_PRECONDITION (GIT_FILTERED_FILES) if the repository's .gitattributes at the
// commit put a file that is to be written under a filter (Git LFS, git-crypt): a clone
// would take what is written for what that filter makes.
absl::Status CheckNoFilter(git_repository* repository, absl::string_view commit_id,
                           absl::string_view folder, const TreeChanges& changes);

}  // namespace gitsync

#endif  // GITSYNC_SERVER_GIT_PUSH_PUSH_CHECKS_H_
