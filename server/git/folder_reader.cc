#include "server/git/folder_reader.h"

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
constexpr size_t kMaxListings = 128;

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
  ASSIGN_OR_RETURN(const TreePtr tree, LookUpTree(repository, *parent_id));

  Listing listing;
  listing.mirror_id = std::string(mirror_id);
  listing.key = absl::StrCat(parent, "\n", file);
  std::map<std::string, FolderEntry> last = Last(listing.mirror_id, listing.key);
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
    if (const auto it = last.find(name);
        it != last.end() && it->second.tree_id == tree_id) {
      bytes += it->second.file.size();
      result.push_back(it->second);
      listing.entries.insert(last.extract(it));
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
    result.push_back(found);
    listing.entries.emplace(name, std::move(found));
  }
  Keep(std::move(listing));
  return result;
}

std::map<std::string, FolderEntry> FolderListings::Last(const std::string& mirror_id,
                                                        const std::string& key) {
  absl::MutexLock lock(&mutex_);
  for (const Listing& listing : listings_) {
    if (listing.mirror_id == mirror_id && listing.key == key) return listing.entries;
  }
  return {};
}

void FolderListings::Keep(Listing listing) {
  absl::MutexLock lock(&mutex_);
  listings_.remove_if([&listing](const Listing& other) {
    return other.mirror_id == listing.mirror_id && other.key == listing.key;
  });
  listings_.push_front(std::move(listing));
  if (listings_.size() > kMaxListings) listings_.pop_back();
}

void FolderListings::Forget(absl::string_view mirror_id) {
  absl::MutexLock lock(&mutex_);
  listings_.remove_if(
      [mirror_id](const Listing& listing) { return listing.mirror_id == mirror_id; });
}

}  // namespace gitsync
