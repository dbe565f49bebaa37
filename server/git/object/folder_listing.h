#ifndef GITSYNC_SERVER_GIT_OBJECT_FOLDER_LISTING_H_
#define GITSYNC_SERVER_GIT_OBJECT_FOLDER_LISTING_H_

#include <string>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace gitsync {

// Reads what a file names itself; empty: nothing.
using IdOf = std::string (*)(absl::string_view content);

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
  // Those whose file names itself so, in order of name.
  std::vector<const FolderEntry*> FindAllById(absl::string_view id) const;
  // The name of another folder that differs from this one's by letter case only; empty
  // if there is none.
  absl::string_view TwinOf(const FolderEntry& entry) const;
  // Whether a folder has this name, letter case aside.
  bool HasName(absl::string_view folder) const;

 private:
  const std::vector<FolderEntry> entries_;
  // Of `entries_`, which own the keys.
  absl::flat_hash_map<absl::string_view, const FolderEntry*> by_folder_;
  absl::flat_hash_map<absl::string_view, const FolderEntry*> by_id_;
  // Those that have the id of one before them.
  absl::flat_hash_map<absl::string_view, std::vector<const FolderEntry*>> also_by_id_;
  absl::flat_hash_map<std::string, const FolderEntry*> by_lower_name_;
  absl::flat_hash_map<const FolderEntry*, const FolderEntry*> twins_;
};

// The one folder below `parent`, which `listing` is of, that has this id; null if none
// has. FAILED_PRECONDITION (GIT_APP_AMBIGUOUS), with the folders in the metadata, if
// several have it: which of them is meant is not guessed.
absl::StatusOr<const FolderEntry*> FindOnly(const FolderListing& listing,
                                            absl::string_view parent,
                                            absl::string_view id);

}  // namespace gitsync

#endif  // GITSYNC_SERVER_GIT_OBJECT_FOLDER_LISTING_H_
