#include "server/git/object/shallow.h"

#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <fstream>
#include <optional>

#include "absl/strings/str_cat.h"

namespace gitsync {
namespace {

std::string PathOf(git_repository* repository) {
  return absl::StrCat(git_repository_path(repository), "shallow");
}

}  // namespace

ShallowCommits ReadShallow(git_repository* repository) {
  ShallowCommits commits;
  std::ifstream file(PathOf(repository));
  for (std::string line; std::getline(file, line);) {
    if (const std::optional<git_oid> id = ParseOid(line)) commits.insert(*id);
  }
  return commits;
}

absl::Status AddShallow(git_repository* repository,
                        const std::vector<std::string>& commit_ids) {
  ShallowCommits commits = ReadShallow(repository);
  const size_t known = commits.size();
  for (const std::string& commit_id : commit_ids) {
    if (const std::optional<git_oid> id = ParseOid(commit_id)) commits.insert(*id);
  }
  if (commits.size() == known) return absl::OkStatus();
  // Others may read it, and write it too: each a file of its own, put in place whole.
  std::string temporary = absl::StrCat(PathOf(repository), ".XXXXXX");
  const int descriptor = mkstemp(temporary.data());
  if (descriptor < 0) return FileFailure("write the shallow commits", errno);
  std::string text;
  for (const git_oid& id : commits) absl::StrAppend(&text, OidHex(id), "\n");
  const bool written =
      write(descriptor, text.data(), text.size()) == static_cast<ssize_t>(text.size());
  int error = written ? 0 : errno;
  close(descriptor);
  if (error == 0 && std::rename(temporary.c_str(), PathOf(repository).c_str()) != 0) {
    error = errno;
  }
  if (error == 0) return absl::OkStatus();
  std::remove(temporary.c_str());
  return FileFailure("write the shallow commits", error);
}

}  // namespace gitsync
