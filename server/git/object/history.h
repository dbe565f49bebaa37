// Questions about commits of a mirror.

#ifndef GITSYNC_SERVER_GIT_OBJECT_HISTORY_H_
#define GITSYNC_SERVER_GIT_OBJECT_HISTORY_H_

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "server/base/context.h"
#include "server/git/object/commit.h"
#include "server/git/object/libgit2.h"

namespace gitsync {

// As GitEngine::Log. Costs a look at each commit in the range, whatever the page.
absl::StatusOr<CommitLog> LogOfFolder(git_repository* repository,
                                      absl::string_view from, absl::string_view until,
                                      absl::string_view folder, const LogPage& page,
                                      const Context& context);

// As GitEngine::LastCommits; an empty CommitInfo for a folder that `from` has not got.
// Costs a look at each commit back to the oldest one that is an answer; a commit that
// changes nothing in a parent folder costs nothing for the folders in it.
absl::StatusOr<std::vector<CommitInfo>> LastCommitsOfFolders(
    git_repository* repository, absl::string_view from,
    const std::vector<std::string>& folders, const Context& context);

// As GitEngine::IsAncestor.
absl::StatusOr<bool> IsAncestorIn(git_repository* repository,
                                  absl::string_view ancestor, absl::string_view commit);

}  // namespace gitsync

#endif  // GITSYNC_SERVER_GIT_OBJECT_HISTORY_H_
