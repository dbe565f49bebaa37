#include "server/git/protocol/remote_branches.h"

#include <algorithm>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"
#include "server/base/error.h"
#include "server/base/reason.h"

namespace gitsync {

std::string RemoteBranches::Describe() const {
  constexpr size_t kMaxDescribed = 10;
  std::vector<std::string> parts;
  for (const std::string& name : names) {
    if (parts.size() == kMaxDescribed) break;
    parts.push_back(name == default_name ? absl::StrCat(name, " (the default)") : name);
  }
  if (count > parts.size()) {
    return absl::StrCat(absl::StrJoin(parts, ", "), " and ", count - parts.size(),
                        " more");
  }
  if (parts.size() < 2) return absl::StrJoin(parts, "");
  const std::string last = parts.back();
  parts.pop_back();
  return absl::StrCat(absl::StrJoin(parts, ", "), " and ", last);
}

absl::Status BranchMissing(absl::string_view branch, const RemoteBranches& branches) {
  return Error(absl::StatusCode::kFailedPrecondition, reason::kGitBranchMissing,
               absl::StrCat("The repository has no branch \"", branch,
                            "\", which the git configuration names. It has ",
                            branches.Describe(),
                            ". If the branch was renamed, name the new one in the "
                            "configuration; if it was deleted, make it again in the "
                            "repository."))
      .With("branch", branch)
      .With("branches", absl::StrJoin(branches.names, "\n"))
      .With("branch_count", absl::StrCat(branches.count))
      .With("default_branch", branches.default_name);
}

RemoteBranches BranchesOf(const absl::Status& error) {
  RemoteBranches branches;
  branches.names =
      absl::StrSplit(MetadataOf(error, "branches"), '\n', absl::SkipEmpty());
  if (!absl::SimpleAtoi(MetadataOf(error, "branch_count"), &branches.count)) {
    branches.count = branches.names.size();
  }
  branches.default_name = MetadataOf(error, "default_branch");
  return branches;
}

}  // namespace gitsync
