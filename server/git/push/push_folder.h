// Where the folder of a push is, as others may have renamed it.

#ifndef GITSYNC_SERVER_GIT_PUSH_PUSH_FOLDER_H_
#define GITSYNC_SERVER_GIT_PUSH_PUSH_FOLDER_H_

#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "server/git/object/libgit2.h"
#include "server/git/push/branch_push.h"

namespace gitsync {

// The request's folder at a commit: where it says, unless the folder with the request's
// identity is another one beside it.
//
// Errors: FAILED_PRECONDITION (GIT_APP_AMBIGUOUS) if that is several; ALREADY_EXISTS
// (GIT_FOLDER_TAKEN) if it is none, and the place is taken by another identity; mirror
// faults.
absl::StatusOr<std::string> FindPushFolder(git_repository* repository,
                                           absl::string_view commit_id,
                                           const PushRequest& request);

}  // namespace gitsync

#endif  // GITSYNC_SERVER_GIT_PUSH_PUSH_FOLDER_H_
