// Reading folders of a commit, trusting nothing in them.

#ifndef GITSYNC_SERVER_GIT_OBJECT_FOLDER_READER_H_
#define GITSYNC_SERVER_GIT_OBJECT_FOLDER_READER_H_

#include <list>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/functional/function_ref.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/synchronization/mutex.h"
#include "server/git/object/commit.h"
#include "server/git/object/folder_listing.h"
#include "server/git/object/tree_files.h"

namespace gitsync {

// The content of a blob of at most `limit` bytes; INVALID_GIT_CONTENT about `path` if
// it is larger.
absl::StatusOr<std::string> ReadBlob(git_repository* repository, const git_oid& id,
                                     absl::string_view path, size_t limit);

// The contents of `files`, which are below `folder`.
absl::StatusOr<GitFiles> ReadFiles(git_repository* repository, absl::string_view folder,
                                   const TreeFiles& files);

// Remembers the last listings of parent folders, so that the next one reads only the
// folders that changed. Takes a bounded share of memory. Thread-safe.
class FolderListings {
 public:
  // As GitEngine::ListFolders.
  absl::StatusOr<std::shared_ptr<const FolderListing>> List(git_repository* repository,
                                                            absl::string_view mirror_id,
                                                            absl::string_view commit_id,
                                                            absl::string_view parent,
                                                            absl::string_view file,
                                                            IdOf id_of);

  // As GitEngine::ReadFolder. A folder of the last listing costs nothing to find.
  absl::StatusOr<FolderSnapshot> ReadFolder(git_repository* repository,
                                            absl::string_view mirror_id,
                                            absl::string_view commit_id,
                                            absl::string_view folder);

  void Forget(absl::string_view mirror_id);

 private:
  using ListingPtr = std::shared_ptr<const FolderListing>;

  struct Kept {
    std::string mirror_id;
    std::string key;      // parent and file
    std::string tree_id;  // of the parent
    ListingPtr listing;
    size_t bytes = 0;  // about what it takes in memory
  };

  // The folder's tree, if the last listing of its parent is of this commit and has it.
  absl::StatusOr<std::optional<git_oid>> FindListed(git_repository* repository,
                                                    const git_tree* root,
                                                    absl::string_view mirror_id,
                                                    absl::string_view folder);
  // The last listing that `wanted` is true of, if any.
  std::optional<Kept> Last(absl::FunctionRef<bool(const Kept&)> wanted);
  void Keep(Kept kept);
  void Remove(absl::FunctionRef<bool(const Kept&)> unwanted)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);

  absl::Mutex mutex_;
  std::list<Kept> listings_ ABSL_GUARDED_BY(mutex_);  // used last first
  size_t bytes_ ABSL_GUARDED_BY(mutex_) = 0;          // of all of them
};

}  // namespace gitsync

#endif  // GITSYNC_SERVER_GIT_OBJECT_FOLDER_READER_H_
