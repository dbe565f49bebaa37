// Commits and folders, as they are handed out.

#ifndef GITSYNC_SERVER_GIT_OBJECT_COMMIT_H_
#define GITSYNC_SERVER_GIT_OBJECT_COMMIT_H_

#include <cstddef>
#include <map>
#include <string>
#include <vector>

#include "absl/time/time.h"

namespace gitsync {

// Files by path below a folder.
using GitFiles = std::map<std::string, std::string>;

struct GitSignature {
  std::string name;
  std::string email;
};

// A commit, as it is shown. Ids are 40 hexadecimal digits, everywhere in
// server/git.
struct CommitInfo {
  // Longer texts of others are cut, so that a list of commits has a known size.
  static constexpr size_t kMaxMessageBytes = 4096;
  static constexpr size_t kMaxNameBytes = 1024;

  std::string id;
  std::string message;
  bool message_truncated = false;
  GitSignature author;
  absl::Time author_time;
};

// A folder at a commit.
struct FolderSnapshot {
  std::string commit_id;
  std::string tree_id;
  GitFiles files;
};

// Which of many commits to return.
struct LogPage {
  int limit = 100;
  int skip = 0;  // the newest ones, which earlier pages had
};

// A page of commits.
struct CommitLog {
  std::vector<CommitInfo> commits;
  int total = 0;  // on all pages
};

}  // namespace gitsync

#endif  // GITSYNC_SERVER_GIT_OBJECT_COMMIT_H_
