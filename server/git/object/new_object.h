#ifndef GITSYNC_SERVER_GIT_OBJECT_NEW_OBJECT_H_
#define GITSYNC_SERVER_GIT_OBJECT_NEW_OBJECT_H_

#include <optional>

#include "server/git/object/libgit2.h"

namespace gitsync {

// An object that a push adds.
struct NewObject {
  git_oid id = {};
  // What was in its place before, which the remote has.
  std::optional<git_oid> base;
};

}  // namespace gitsync

#endif  // GITSYNC_SERVER_GIT_OBJECT_NEW_OBJECT_H_
