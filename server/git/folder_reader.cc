#include "server/git/folder_reader.h"

#include <iterator>
#include <utility>

#include "absl/strings/str_cat.h"
#include "server/base/status_macros.h"
#include "server/git/pkt_line.h"
#include "server/git/tree_names.h"

namespace gitsync {
namespace {

constexpr size_t kMaxListedFileBytes = 64 << 10;
// Of one listing, which is held in memory.
constexpr size_t kMaxListedBytes = 64 << 20;
// Of all listings together that are remembered.
constexpr size_t kMaxRememberedBytes = 64 << 20;
constexpr size_t kMaxListings = 128;
// Of an entry, besides its texts.
constexpr size_t kEntryBytes = 192;

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
        PrintableRemoteText(path.empty() ? folder_ : absl::StrCat(folder_, "/", path),
                            1024),
        problem);
  }

  git_repository* repository_;
  const std::string folder_;
  GitFiles* files_;
  size_t entries_ = 0;
  size_t bytes_ = 0;
};

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

absl::StatusOr<FolderSnapshot> ReadFolderAt(git_repository* repository,
                                            absl::string_view commit_id,
                                            absl::string_view folder) {
  ASSIGN_OR_RETURN(const TreePtr root, TreeOfCommit(repository, commit_id));
  ASSIGN_OR_RETURN(const std::optional<git_oid> tree,
                   FindFolder(repository, root.get(), folder));
  if (!tree.has_value()) return absl::NotFoundError("the commit has no such folder");
  FolderSnapshot snapshot;
  snapshot.commit_id = std::string(commit_id);
  snapshot.tree_id = OidHex(*tree);
  RETURN_IF_ERROR(FolderReader(repository, folder, &snapshot.files).Read(*tree, "", 1));
  return snapshot;
}

absl::StatusOr<std::vector<FolderEntry>> FolderListings::List(
    git_repository* repository, absl::string_view mirror_id,
    absl::string_view commit_id, absl::string_view parent, absl::string_view file) {
  ASSIGN_OR_RETURN(const TreePtr root, TreeOfCommit(repository, commit_id));
  ASSIGN_OR_RETURN(const std::optional<git_oid> parent_id,
                   FindFolder(repository, root.get(), parent));
  std::vector<FolderEntry> result;
  if (!parent_id.has_value()) return result;
  auto listing = std::make_shared<Listing>();
  listing->mirror_id = std::string(mirror_id);
  listing->key = absl::StrCat(parent, "\n", file);
  listing->tree_id = OidHex(*parent_id);
  const ListingPtr last = Last(listing->mirror_id, listing->key);
  if (last != nullptr && last->tree_id == listing->tree_id) return last->entries;
  ASSIGN_OR_RETURN(const TreePtr tree, LookUpTree(repository, *parent_id));
  std::map<absl::string_view, const FolderEntry*> known;
  if (last != nullptr) {
    for (const FolderEntry& entry : last->entries) known[entry.folder] = &entry;
  }
  const std::string file_name(file);
  size_t bytes = 0;
  for (size_t i = 0; i < git_tree_entrycount(tree.get()); ++i) {
    if (i == kMaxFolderEntries || bytes > kMaxListedBytes) {
      return InvalidContent(parent, "it holds too many folders");
    }
    const git_tree_entry* entry = git_tree_entry_byindex(tree.get(), i);
    const std::string name = git_tree_entry_name(entry);
    if (git_tree_entry_type(entry) != GIT_OBJECT_TREE ||
        !ProblemWithName(name).empty()) {
      continue;
    }
    const std::string tree_id = OidHex(*git_tree_entry_id(entry));
    if (const auto it = known.find(name);
        it != known.end() && it->second->tree_id == tree_id) {
      bytes += it->second->file.size();
      result.push_back(*it->second);
      continue;
    }
    ASSIGN_OR_RETURN(const TreePtr folder,
                     LookUpTree(repository, *git_tree_entry_id(entry)));
    const git_tree_entry* wanted =
        git_tree_entry_byname(folder.get(), file_name.c_str());
    if (wanted == nullptr) continue;
    FolderEntry found;
    found.folder = name;
    found.tree_id = tree_id;
    const std::string path =
        absl::StrCat(parent, parent.empty() ? "" : "/", name, "/", file);
    const absl::string_view problem =
        git_tree_entry_type(wanted) == GIT_OBJECT_TREE
            ? "it is a folder"
            : ProblemWithMode(git_tree_entry_filemode_raw(wanted));
    if (!problem.empty()) {
      found.status = InvalidContent(path, problem);
    } else {
      absl::StatusOr<std::string> content =
          ReadBlob(repository, *git_tree_entry_id(wanted), path, kMaxListedFileBytes);
      if (!content.ok() && IsMirrorFault(content.status())) return content.status();
      if (content.ok()) found.file = *std::move(content);
      found.status = content.status();
    }
    bytes += found.file.size();
    result.push_back(std::move(found));
  }
  listing->entries = result;
  listing->bytes = bytes + result.size() * kEntryBytes;
  Keep(std::move(listing));
  return result;
}

FolderListings::ListingPtr FolderListings::Last(const std::string& mirror_id,
                                                const std::string& key) {
  absl::MutexLock lock(&mutex_);
  for (auto it = listings_.begin(); it != listings_.end(); ++it) {
    if ((*it)->mirror_id != mirror_id || (*it)->key != key) continue;
    listings_.splice(listings_.begin(), listings_, it);
    return listings_.front();
  }
  return nullptr;
}

void FolderListings::Keep(ListingPtr listing) {
  absl::MutexLock lock(&mutex_);
  Remove([&listing](const Listing& other) {
    return other.mirror_id == listing->mirror_id && other.key == listing->key;
  });
  bytes_ += listing->bytes;
  listings_.push_front(std::move(listing));
  while (listings_.size() > kMaxListings || bytes_ > kMaxRememberedBytes) {
    bytes_ -= listings_.back()->bytes;
    listings_.pop_back();
  }
}

void FolderListings::Forget(absl::string_view mirror_id) {
  absl::MutexLock lock(&mutex_);
  Remove(
      [mirror_id](const Listing& listing) { return listing.mirror_id == mirror_id; });
}

void FolderListings::Remove(absl::FunctionRef<bool(const Listing&)> unwanted) {
  for (auto it = listings_.begin(); it != listings_.end();) {
    const auto next = std::next(it);
    if (unwanted(**it)) {
      bytes_ -= (*it)->bytes;
      listings_.erase(it);
    }
    it = next;
  }
}

}  // namespace gitsync
