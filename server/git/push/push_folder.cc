#include "server/git/push/push_folder.h"

#include <memory>
#include <optional>

#include "absl/strings/str_cat.h"
#include "server/base/error.h"
#include "server/base/reason.h"
#include "server/base/status_macros.h"
#include "server/git/object/folder_reader.h"
#include "server/git/object/tree_files.h"

namespace gitsync {
namespace {

constexpr size_t kMaxIdentityFileBytes = 64 << 10;

// What the folder says to be; empty if nothing.
absl::StatusOr<std::string> IdentityAt(git_repository* repository,
                                       absl::string_view commit_id,
                                       const PushRequest& request) {
  ASSIGN_OR_RETURN(const TreePtr root, TreeOfCommit(repository, commit_id));
  ASSIGN_OR_RETURN(const std::optional<git_oid> folder,
                   FindFolder(repository, root.get(), request.folder));
  if (!folder.has_value()) return std::string();
  ASSIGN_OR_RETURN(const TreePtr tree, LookUpTree(repository, *folder));
  const git_tree_entry* const file =
      git_tree_entry_byname(tree.get(), request.identity->file.c_str());
  if (file == nullptr || git_tree_entry_type(file) != GIT_OBJECT_BLOB) {
    return std::string();
  }
  const absl::StatusOr<std::string> content = ReadBlob(
      repository, *git_tree_entry_id(file),
      absl::StrCat(request.folder, "/", request.identity->file), kMaxIdentityFileBytes);
  if (!content.ok()) {
    // A file that can't be used says nothing.
    return IsMirrorFault(content.status()) ? content : std::string();
  }
  return request.identity->id_of(*content);
}

}  // namespace

absl::StatusOr<std::string> FindPushFolder(git_repository* repository,
                                           absl::string_view commit_id,
                                           const PushRequest& request) {
  if (!request.identity.has_value()) return request.folder;
  ASSIGN_OR_RETURN(const std::string there, IdentityAt(repository, commit_id, request));
  if (there == request.identity->id) return request.folder;
  const size_t slash = request.folder.rfind('/');
  const std::string parent =
      slash == std::string::npos ? "" : request.folder.substr(0, slash);
  // Remembered by nobody: a folder is rarely renamed.
  FolderListings listings;
  ASSIGN_OR_RETURN(const std::shared_ptr<const FolderListing> listing,
                   listings.List(repository, /*mirror_id=*/"", commit_id, parent,
                                 request.identity->file, request.identity->id_of));
  ASSIGN_OR_RETURN(const FolderEntry* const entry,
                   FindOnly(*listing, parent, request.identity->id));
  if (entry != nullptr) {
    return absl::StrCat(parent, parent.empty() ? "" : "/", entry->folder);
  }
  if (there.empty()) return request.folder;
  return Error(absl::StatusCode::kAlreadyExists, reason::kGitFolderTaken,
               absl::StrCat("The folder \"", request.folder,
                            "\" of the repository holds another app by now, and no "
                            "folder holds this one. Rename that folder in the "
                            "repository, then push with force to put this app back."))
      .With("folder", request.folder);
}

}  // namespace gitsync
