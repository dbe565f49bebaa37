#include "server/git/object/folder_reader.h"

#include <algorithm>
#include <iterator>
#include <utility>

#include "absl/strings/str_cat.h"
#include "server/base/printable.h"
#include "server/base/status_macros.h"
#include "server/git/object/tree_names.h"

namespace gitsync {
namespace {

constexpr size_t kMaxListedFileBytes = 64 << 10;
constexpr size_t kMaxShownPathBytes = 1024;
// Of one listing, which is held in memory.
constexpr size_t kMaxListedBytes = 64 << 20;
// Of all listings together that are remembered.
constexpr size_t kMaxRememberedBytes = 64 << 20;
constexpr size_t kMaxListings = 128;
// Of an entry and its places in the indexes, besides its texts.
constexpr size_t kEntryBytes = 400;

absl::string_view ProblemWithMode(git_filemode_t mode) {
  switch (mode) {
    case GIT_FILEMODE_BLOB:
    case GIT_FILEMODE_BLOB_EXECUTABLE:
    case GIT_FILEMODE_TREE:
      return "";
    case GIT_FILEMODE_LINK:
      return "it is a symbolic link";
    case GIT_FILEMODE_COMMIT:
      return "it is a submodule";
    default:
      return "it is no regular file";
  }
}

class FolderReader {
 public:
  FolderReader(git_repository* repository, absl::string_view folder, GitFiles* files)
      : repository_(repository), folder_(folder), files_(files) {}

  absl::Status Read(const git_oid& tree_id, const std::string& prefix, int depth) {
    if (depth > kMaxFolderDepth) {
      return Refuse(prefix, absl::StrCat("its folders are nested more than ",
                                         kMaxFolderDepth, " deep"));
    }
    ASSIGN_OR_RETURN(const TreePtr tree, LookUpTree(repository_, tree_id));
    const size_t count = git_tree_entrycount(tree.get());
    entries_ += count;
    if (entries_ > kMaxFolderEntries) {
      return Refuse("", absl::StrCat("it has more than ", kMaxFolderEntries, " files"));
    }
    for (size_t i = 0; i < count; ++i) {
      const git_tree_entry* entry = git_tree_entry_byindex(tree.get(), i);
      const std::string path = absl::StrCat(prefix, git_tree_entry_name(entry));
      absl::string_view problem = ProblemWithName(git_tree_entry_name(entry));
      if (problem.empty())
        problem = ProblemWithMode(git_tree_entry_filemode_raw(entry));
      if (!problem.empty()) return Refuse(path, problem);
      if (git_tree_entry_type(entry) == GIT_OBJECT_TREE) {
        RETURN_IF_ERROR(
            Read(*git_tree_entry_id(entry), absl::StrCat(path, "/"), depth + 1));
        continue;
      }
      ASSIGN_OR_RETURN(std::string content,
                       ReadBlob(repository_, *git_tree_entry_id(entry),
                                absl::StrCat(folder_, "/", path), kMaxBlobBytes));
      bytes_ += content.size();
      if (bytes_ > kMaxFolderBytes) {
        return Refuse("", absl::StrCat("its files are larger than ",
                                       kMaxFolderBytes >> 20, " MiB together"));
      }
      files_->emplace(path, std::move(content));
    }
    return absl::OkStatus();
  }

 private:
  absl::Status Refuse(absl::string_view path, absl::string_view problem) const {
    // What is refused may be refused for its name, which must not spoil the message.
    return InvalidContent(
        PrintableText(path.empty() ? folder_ : absl::StrCat(folder_, "/", path),
                      kMaxShownPathBytes),
        problem);
  }

  git_repository* repository_;
  const std::string folder_;
  GitFiles* files_;
  size_t entries_ = 0;
  size_t bytes_ = 0;
};

// What `file` is in the folder that `entry` of `parent` is; nothing if it has none.
absl::StatusOr<std::optional<FolderEntry>> ReadEntry(git_repository* repository,
                                                     const git_tree_entry& entry,
                                                     absl::string_view parent,
                                                     absl::string_view file,
                                                     IdOf id_of) {
  ASSIGN_OR_RETURN(const TreePtr folder,
                   LookUpTree(repository, *git_tree_entry_id(&entry)));
  const git_tree_entry* const wanted =
      git_tree_entry_byname(folder.get(), std::string(file).c_str());
  if (wanted == nullptr) return std::optional<FolderEntry>();
  FolderEntry found;
  found.folder = git_tree_entry_name(&entry);
  found.tree_id = OidHex(*git_tree_entry_id(&entry));
  const std::string path =
      absl::StrCat(parent, parent.empty() ? "" : "/", found.folder, "/", file);
  absl::string_view problem = ProblemWithName(found.folder);
  if (problem.empty()) {
    problem = git_tree_entry_type(wanted) == GIT_OBJECT_TREE
                  ? "it is a folder"
                  : ProblemWithMode(git_tree_entry_filemode_raw(wanted));
  }
  if (!problem.empty()) {
    found.status = InvalidContent(PrintableText(path, kMaxShownPathBytes), problem);
    return std::make_optional(std::move(found));
  }
  absl::StatusOr<std::string> content =
      ReadBlob(repository, *git_tree_entry_id(wanted), path, kMaxListedFileBytes);
  if (!content.ok() && IsMirrorFault(content.status())) return content.status();
  found.status = content.status();
  if (content.ok()) {
    found.file = *std::move(content);
    found.id = id_of(found.file);
  }
  return std::make_optional(std::move(found));
}

}  // namespace

absl::StatusOr<std::string> ReadBlob(git_repository* repository, const git_oid& id,
                                     absl::string_view path, size_t limit) {
  git_odb* raw_odb = nullptr;
  if (git_repository_odb(&raw_odb, repository) != 0) return GitFailure("open objects");
  const OdbPtr odb(raw_odb);
  size_t size = 0;
  git_object_t type = GIT_OBJECT_INVALID;
  // The size first: a small pack may hold a huge blob.
  if (git_odb_read_header(&size, &type, raw_odb, &id) != 0) {
    return GitFailure("read a blob's size");
  }
  if (type != GIT_OBJECT_BLOB) return InvalidContent(path, "it is no regular file");
  if (size > limit) {
    return InvalidContent(path,
                          absl::StrCat("it is larger than ", limit >> 20, " MiB"));
  }
  git_odb_object* raw_object = nullptr;
  if (git_odb_read(&raw_object, raw_odb, &id) != 0) return GitFailure("read a blob");
  const OdbObjectPtr object(raw_object);
  return std::string(static_cast<const char*>(git_odb_object_data(raw_object)),
                     git_odb_object_size(raw_object));
}

absl::StatusOr<GitFiles> ReadFiles(git_repository* repository, absl::string_view folder,
                                   const TreeFiles& files) {
  GitFiles contents;
  size_t bytes = 0;
  for (const auto& [path, file] : files) {
    ASSIGN_OR_RETURN(
        std::string content,
        ReadBlob(repository, file.id, absl::StrCat(folder, "/", path), kMaxBlobBytes));
    bytes += content.size();
    if (bytes > kMaxFolderBytes)
      return InvalidContent(folder, "its files are too large");
    contents.emplace(path, std::move(content));
  }
  return contents;
}

absl::StatusOr<FolderListings::ListingPtr> FolderListings::List(
    git_repository* repository, absl::string_view mirror_id,
    absl::string_view commit_id, absl::string_view parent, absl::string_view file,
    IdOf id_of) {
  ASSIGN_OR_RETURN(const TreePtr root, TreeOfCommit(repository, commit_id));
  ASSIGN_OR_RETURN(const std::optional<git_oid> parent_id,
                   FindFolder(repository, root.get(), parent));
  if (!parent_id.has_value()) {
    return std::make_shared<const FolderListing>(std::vector<FolderEntry>());
  }
  Kept kept{.mirror_id = std::string(mirror_id),
            .key = absl::StrCat(parent, "\n", file),
            .tree_id = OidHex(*parent_id),
            .listing = nullptr};
  const std::optional<Kept> last = Last([&kept](const Kept& other) {
    return other.mirror_id == kept.mirror_id && other.key == kept.key;
  });
  if (last.has_value() && last->tree_id == kept.tree_id) return last->listing;
  ASSIGN_OR_RETURN(const TreePtr tree, LookUpTree(repository, *parent_id));
  std::vector<FolderEntry> entries;
  for (size_t i = 0; i < git_tree_entrycount(tree.get()); ++i) {
    if (i == kMaxFolderEntries || kept.bytes > kMaxListedBytes) {
      return InvalidContent(parent, "it holds too many folders");
    }
    const git_tree_entry* entry = git_tree_entry_byindex(tree.get(), i);
    const std::string name = git_tree_entry_name(entry);
    if (git_tree_entry_type(entry) != GIT_OBJECT_TREE) continue;
    const FolderEntry* const known =
        last.has_value() ? last->listing->Find(name) : nullptr;
    if (known != nullptr && known->tree_id == OidHex(*git_tree_entry_id(entry))) {
      entries.push_back(*known);
    } else {
      ASSIGN_OR_RETURN(std::optional<FolderEntry> found,
                       ReadEntry(repository, *entry, parent, file, id_of));
      if (!found.has_value()) continue;
      entries.push_back(*std::move(found));
    }
    const FolderEntry& added = entries.back();
    kept.bytes += added.file.size() + 2 * added.folder.size() + added.id.size() +
                  added.status.message().size() + kEntryBytes;
  }
  kept.listing = std::make_shared<const FolderListing>(std::move(entries));
  ListingPtr listing = kept.listing;
  Keep(std::move(kept));
  return listing;
}

absl::StatusOr<FolderSnapshot> FolderListings::ReadFolder(git_repository* repository,
                                                          absl::string_view mirror_id,
                                                          absl::string_view commit_id,
                                                          absl::string_view folder) {
  ASSIGN_OR_RETURN(const TreePtr root, TreeOfCommit(repository, commit_id));
  ASSIGN_OR_RETURN(std::optional<git_oid> tree,
                   FindListed(repository, root.get(), mirror_id, folder));
  if (!tree.has_value()) {
    ASSIGN_OR_RETURN(tree, FindFolder(repository, root.get(), folder));
  }
  if (!tree.has_value()) return absl::NotFoundError("the commit has no such folder");
  FolderSnapshot snapshot;
  snapshot.commit_id = std::string(commit_id);
  snapshot.tree_id = OidHex(*tree);
  RETURN_IF_ERROR(FolderReader(repository, folder, &snapshot.files).Read(*tree, "", 1));
  return snapshot;
}
absl::StatusOr<std::optional<git_oid>> FolderListings::FindListed(
    git_repository* repository, const git_tree* root, absl::string_view mirror_id,
    absl::string_view folder) {
  const size_t slash = folder.rfind('/');
  const bool top = slash == absl::string_view::npos;
  ASSIGN_OR_RETURN(const std::optional<git_oid> parent,
                   FindFolder(repository, root, top ? "" : folder.substr(0, slash)));
  if (!parent.has_value()) return parent;
  const std::optional<Kept> last =
      Last([mirror_id, tree_id = OidHex(*parent)](const Kept& kept) {
        return kept.mirror_id == mirror_id && kept.tree_id == tree_id;
      });
  const FolderEntry* const entry =
      last.has_value() ? last->listing->Find(top ? folder : folder.substr(slash + 1))
                       : nullptr;
  return entry == nullptr ? std::nullopt : ParseOid(entry->tree_id);
}

std::optional<FolderListings::Kept> FolderListings::Last(
    absl::FunctionRef<bool(const Kept&)> wanted) {
  absl::MutexLock lock(&mutex_);
  const auto found = std::find_if(listings_.begin(), listings_.end(), wanted);
  if (found == listings_.end()) return std::nullopt;
  listings_.splice(listings_.begin(), listings_, found);
  return listings_.front();
}

void FolderListings::Keep(Kept kept) {
  absl::MutexLock lock(&mutex_);
  Remove([&kept](const Kept& other) {
    return other.mirror_id == kept.mirror_id && other.key == kept.key;
  });
  bytes_ += kept.bytes;
  listings_.push_front(std::move(kept));
  while (listings_.size() > kMaxListings || bytes_ > kMaxRememberedBytes) {
    bytes_ -= listings_.back().bytes;
    listings_.pop_back();
  }
}

void FolderListings::Forget(absl::string_view mirror_id) {
  absl::MutexLock lock(&mutex_);
  Remove([mirror_id](const Kept& kept) { return kept.mirror_id == mirror_id; });
}

void FolderListings::Remove(absl::FunctionRef<bool(const Kept&)> unwanted) {
  for (auto it = listings_.begin(); it != listings_.end();) {
    const auto next = std::next(it);
    if (unwanted(*it)) {
      bytes_ -= it->bytes;
      listings_.erase(it);
    }
    it = next;
  }
}

}  // namespace gitsync
