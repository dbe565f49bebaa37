// Commits whose parents are not to be had: the remote is itself a copy whose history
// was cut (git clone --depth). git keeps their ids in a file "shallow", and so do
// mirrors.

#ifndef GITSYNC_SERVER_GIT_OBJECT_SHALLOW_H_
#define GITSYNC_SERVER_GIT_OBJECT_SHALLOW_H_

#include <set>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "server/git/object/libgit2.h"

namespace gitsync {

using ShallowCommits = std::set<git_oid, OidLess>;

// Those of a mirror; none if it has no such file.
ShallowCommits ReadShallow(git_repository* repository);

// Adds to those of a mirror. A mirror fault, or RESOURCE_EXHAUSTED (STORAGE_FULL), if
// the file can't be written.
absl::Status AddShallow(git_repository* repository,
                        const std::vector<std::string>& commit_ids);

}  // namespace gitsync

#endif  // GITSYNC_SERVER_GIT_OBJECT_SHALLOW_H_
