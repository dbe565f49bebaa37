#include "server/git/folder_listing.h"

#include <utility>

#include "absl/strings/ascii.h"

namespace gitsync {
namespace {

using Index = absl::flat_hash_map<absl::string_view, const FolderEntry*>;

const FolderEntry* FindIn(const Index& index, absl::string_view key) {
  const auto found = index.find(key);
  return found == index.end() ? nullptr : found->second;
}

}  // namespace

FolderListing::FolderListing(std::vector<FolderEntry> entries)
    : entries_(std::move(entries)) {
  by_folder_.reserve(entries_.size());
  by_id_.reserve(entries_.size());
  lower_names_.reserve(entries_.size());
  for (const FolderEntry& entry : entries_) {
    by_folder_.emplace(entry.folder, &entry);
    if (!entry.id.empty()) by_id_.emplace(entry.id, &entry);
    lower_names_.insert(absl::AsciiStrToLower(entry.folder));
  }
}

const FolderEntry* FolderListing::Find(absl::string_view folder) const {
  return FindIn(by_folder_, folder);
}

const FolderEntry* FolderListing::FindById(absl::string_view id) const {
  return FindIn(by_id_, id);
}

bool FolderListing::HasName(absl::string_view folder) const {
  return lower_names_.contains(absl::AsciiStrToLower(folder));
}

}  // namespace gitsync
