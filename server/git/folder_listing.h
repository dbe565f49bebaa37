#ifndef GITSYNC_SERVER_GIT_FOLDER_LISTING_H_
#define GITSYNC_SERVER_GIT_FOLDER_LISTING_H_

#include <string>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/container/flat_hash_set.h"
#include "absl/status/status.h"
#include "absl/strings/string_view.h"

namespace gitsync {

// What is in one folder that a listing looked into.
struct FolderEntry {
  std::string folder;  // its name, below the parent
  std::string tree_id;
  std::string file;     // content of the file that was asked for
  std::string id;       // what that names itself; empty if nothing
  absl::Status status;  // why `file` can't be read, if so
};

// The folders below a parent that have a certain file, as of one commit. Finds each of
// them in constant time. Immutable.
class FolderListing {
 public:
  // `entries` in order of name, each name once.
  explicit FolderListing(std::vector<FolderEntry> entries);
  FolderListing(const FolderListing&) = delete;
  FolderListing& operator=(const FolderListing&) = delete;

  const std::vector<FolderEntry>& entries() const { return entries_; }

  // Null if there is none.
  const FolderEntry* Find(absl::string_view folder) const;
  // The first one whose file names itself so. Null if there is none.
  const FolderEntry* FindById(absl::string_view id) const;
  // Whether a folder has this name, letter case aside.
  bool HasName(absl::string_view folder) const;

 private:
  const std::vector<FolderEntry> entries_;
  // Of `entries_`, which own the keys.
  absl::flat_hash_map<absl::string_view, const FolderEntry*> by_folder_;
  absl::flat_hash_map<absl::string_view, const FolderEntry*> by_id_;
  absl::flat_hash_set<std::string> lower_names_;
};

}  // namespace gitsync

#endif  // GITSYNC_SERVER_GIT_FOLDER_LISTING_H_
