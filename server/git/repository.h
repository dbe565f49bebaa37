#ifndef GITSYNC_SERVER_GIT_REPOSITORY_H_
#define GITSYNC_SERVER_GIT_REPOSITORY_H_

#include <string>

#include "server/git/transport/remote.h"

namespace gitsync {

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

// How far a call is.
enum class GitPhase { kConnecting, kFetching, kCommitting, kPushing };

}  // namespace gitsync

#endif  // GITSYNC_SERVER_GIT_REPOSITORY_H_
