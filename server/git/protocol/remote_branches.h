#ifndef GITSYNC_SERVER_GIT_PROTOCOL_REMOTE_BRANCHES_H_
#define GITSYNC_SERVER_GIT_PROTOCOL_REMOTE_BRANCHES_H_

#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"

namespace gitsync {

// The branches of a remote, for people to choose from.
struct RemoteBranches {
  static constexpr size_t kMaxNames = 100;

  std::vector<std::string> names;  // the default one first; at most kMaxNames
  size_t count = 0;                // how many there are
  std::string default_name;        // what HEAD names; empty: nothing that exists

  bool empty() const { return count == 0; }
  // "main (the default), dev and 3 more".
  std::string Describe() const;
};

// FAILED_PRECONDITION (GIT_BRANCH_MISSING): the repository has branches, and `branch`,
// the configured one, is none of them. Metadata: `branch`, `branches`, one a line,
// `branch_count` and `default_branch`.
absl::Status BranchMissing(absl::string_view branch, const RemoteBranches& branches);

// The branches that such an error, or a GIT_REF_NOT_FOUND, names in its metadata.
RemoteBranches BranchesOf(const absl::Status& error);

}  // namespace gitsync

#endif  // GITSYNC_SERVER_GIT_PROTOCOL_REMOTE_BRANCHES_H_
