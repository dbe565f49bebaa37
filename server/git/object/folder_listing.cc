#include "server/git/object/folder_listing.h"

#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "server/base/error.h"
#include "server/base/reason.h"

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
  by_lower_name_.reserve(entries_.size());
  for (const FolderEntry& entry : entries_) {
    by_folder_.emplace(entry.folder, &entry);
    if (!entry.id.empty() && !by_id_.emplace(entry.id, &entry).second) {
      also_by_id_[entry.id].push_back(&entry);
    }
    const auto [first, is_first] =
        by_lower_name_.emplace(absl::AsciiStrToLower(entry.folder), &entry);
    if (!is_first) {
      twins_[&entry] = first->second;
      twins_.emplace(first->second, &entry);
    }
  }
}

const FolderEntry* FolderListing::Find(absl::string_view folder) const {
  return FindIn(by_folder_, folder);
}

const FolderEntry* FolderListing::FindById(absl::string_view id) const {
  return FindIn(by_id_, id);
}

std::vector<const FolderEntry*> FolderListing::FindAllById(absl::string_view id) const {
  std::vector<const FolderEntry*> found;
  const FolderEntry* const first = FindById(id);
  if (first == nullptr) return found;
  found.push_back(first);
  const auto others = also_by_id_.find(id);
  if (others != also_by_id_.end()) {
    found.insert(found.end(), others->second.begin(), others->second.end());
  }
  return found;
}

absl::string_view FolderListing::TwinOf(const FolderEntry& entry) const {
  const auto twin = twins_.find(&entry);
  return twin == twins_.end() ? absl::string_view() : twin->second->folder;
}

bool FolderListing::HasName(absl::string_view folder) const {
  return by_lower_name_.contains(absl::AsciiStrToLower(folder));
}

absl::StatusOr<const FolderEntry*> FindOnly(const FolderListing& listing,
                                            absl::string_view parent,
                                            absl::string_view id) {
  const std::vector<const FolderEntry*> found = listing.FindAllById(id);
  if (found.empty()) return nullptr;
  if (found.size() == 1) return found.front();
  std::vector<std::string> folders;
  for (const FolderEntry* entry : found) {
    folders.push_back(absl::StrCat(parent, "/", entry->folder));
  }
  return Error(absl::StatusCode::kFailedPrecondition, reason::kGitAppAmbiguous,
               absl::StrCat("The repository has this app in several folders: ",
                            absl::StrJoin(folders, ", "),
                            ". Keep one of them there: delete the others, or give "
                            "each copy a git_app_id of its own in its app.json, such "
                            "as a new UUID."))
      .With("git_app_id", id)
      .With("folders", absl::StrJoin(folders, "\n"));
}

}  // namespace gitsync
