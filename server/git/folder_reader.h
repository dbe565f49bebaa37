// Reading folders of a commit, trusting nothing in them.

#ifndef GITSYNC_SERVER_GIT_FOLDER_READER_H_
#define GITSYNC_SERVER_GIT_FOLDER_READER_H_

#include <list>
#include <map>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/synchronization/mutex.h"
#include "server/git/git_engine.h"
#include "server/git/tree_files.h"

namespace gitsync {

// As GitEngine::ReadFolder.
absl::StatusOr<FolderSnapshot> ReadFolderAt(git_repository* repository,
                                            absl::string_view commit_id,
                                            absl::string_view folder);

// The content of a blob of at most `limit` bytes; INVALID_GIT_CONTENT about `path` if
// it is larger.
absl::StatusOr<std::string> ReadBlob(git_repository* repository, const git_oid& id,
                                     absl::string_view path, size_t limit);

// The contents of `files`, which are below `folder`.
absl::StatusOr<GitFiles> ReadFiles(git_repository* repository, absl::string_view folder,
                                   const TreeFiles& files);

// Remembers the last listing of each parent folder, so that the next one reads only
// the folders that changed. Thread-safe.
class FolderListings {
 public:
  // As GitEngine::ListFolders. The file is at most 1 MiB.
  absl::StatusOr<std::vector<FolderEntry>> List(git_repository* repository,
                                                absl::string_view mirror_id,
                                                absl::string_view commit_id,
                                                absl::string_view parent,
                                                absl::string_view file);

  void Forget(absl::string_view mirror_id);

 private:
  struct Listing {
    std::string mirror_id;
    std::string key;  // parent and file
    // By folder name; without those that have no such file.
    std::map<std::string, FolderEntry> entries;
  };

  std::map<std::string, FolderEntry> Last(const std::string& mirror_id,
                                          const std::string& key);
  void Keep(Listing listing);

  absl::Mutex mutex_;
  std::list<Listing> listings_ ABSL_GUARDED_BY(mutex_);  // used last first
};

}  // namespace gitsync

#endif  // GITSYNC_SERVER_GIT_FOLDER_READER_H_
