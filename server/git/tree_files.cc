#include "server/git/tree_files.h"

#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "server/base/error.h"
#include "server/base/reason.h"
#include "server/base/status_macros.h"

namespace gitsync {
namespace {

class OwnedLister {
 public:
  OwnedLister(git_repository* repository, absl::string_view folder,
              const std::vector<std::string>& owned)
      : repository_(repository), folder_(folder), owned_(owned) {}

  absl::Status List(const git_oid& tree_id, const std::string& prefix, int depth) {
    if (depth > kMaxFolderDepth) {
      return InvalidContent(absl::StrCat(folder_, "/", prefix),
                            "its folders are nested too deep");
    }
    ASSIGN_OR_RETURN(const TreePtr tree, LookUpTree(repository_, tree_id));
    const size_t count = git_tree_entrycount(tree.get());
    for (size_t i = 0; i < count; ++i) {
      const git_tree_entry* entry = git_tree_entry_byindex(tree.get(), i);
      const std::string path = absl::StrCat(prefix, git_tree_entry_name(entry));
      const bool is_tree = git_tree_entry_type(entry) == GIT_OBJECT_TREE;
      const bool is_owned = IsOwned(owned_, path);
      if (!is_owned && !(is_tree && LeadsToOwned(path))) continue;
      if (is_tree) {
        RETURN_IF_ERROR(
            List(*git_tree_entry_id(entry), absl::StrCat(path, "/"), depth + 1));
        continue;
      }
      if (files_.size() == kMaxFolderEntries) {
        return InvalidContent(folder_, "it has too many files");
      }
      files_[path] = {*git_tree_entry_id(entry), git_tree_entry_filemode(entry)};
    }
    return absl::OkStatus();
  }

  TreeFiles TakeFiles() { return std::move(files_); }

 private:
  bool LeadsToOwned(const std::string& path) const {
    for (const std::string& owned : owned_) {
      if (absl::StartsWith(owned, absl::StrCat(path, "/"))) return true;
    }
    return false;
  }

  git_repository* repository_;
  const std::string folder_;
  const std::vector<std::string>& owned_;
  TreeFiles files_;
};

// A range of changes whose paths share the first `prefix` bytes.
using ChangeIterator = TreeChanges::const_iterator;

class TreeWriter {
 public:
  TreeWriter(git_repository* repository, std::vector<git_oid>* written)
      : repository_(repository), written_(written) {}

  // Writes `old` with the changes; nothing if no entry is left.
  absl::StatusOr<std::optional<git_oid>> Write(const git_tree* old,
                                               ChangeIterator begin, ChangeIterator end,
                                               size_t prefix) {
    git_treebuilder* raw_builder = nullptr;
    if (git_treebuilder_new(&raw_builder, repository_, old) != 0) {
      return GitFailure("begin a tree");
    }
    const TreeBuilderPtr builder(raw_builder);
    // Files that go make room first: "a" may become the folder of "a/b", or the other
    // way round.
    for (ChangeIterator it = begin; it != end; ++it) {
      const std::string name = it->first.substr(prefix);
      if (it->second.has_value() || absl::StrContains(name, '/')) continue;
      const git_tree_entry* entry = git_treebuilder_get(raw_builder, name.c_str());
      if (entry == nullptr || git_tree_entry_type(entry) == GIT_OBJECT_TREE) continue;
      if (git_treebuilder_remove(raw_builder, name.c_str()) != 0) {
        return GitFailure("remove from a tree");
      }
    }
    for (ChangeIterator it = begin; it != end;) {
      const size_t slash = it->first.find('/', prefix);
      if (slash == std::string::npos) {
        ++it;
        continue;
      }
      const std::string name = it->first.substr(prefix, slash - prefix);
      ChangeIterator sub_end = it;
      while (sub_end != end && sub_end->first.size() > slash &&
             sub_end->first.compare(prefix, slash - prefix + 1, name + "/") == 0) {
        ++sub_end;
      }
      RETURN_IF_ERROR(WriteSubtree(raw_builder, name, it, sub_end, slash + 1));
      it = sub_end;
    }
    for (ChangeIterator it = begin; it != end; ++it) {
      const std::string name = it->first.substr(prefix);
      if (!it->second.has_value() || absl::StrContains(name, '/')) continue;
      if (git_treebuilder_insert(nullptr, raw_builder, name.c_str(), &it->second->id,
                                 it->second->mode) != 0) {
        return GitFailure("add to a tree");
      }
    }
    if (git_treebuilder_entrycount(raw_builder) == 0) return std::nullopt;
    git_oid id;
    if (git_treebuilder_write(&id, raw_builder) != 0) return GitFailure("write a tree");
    if (old == nullptr || git_oid_equal(git_tree_id(old), &id) == 0) {
      written_->push_back(id);
    }
    return std::optional<git_oid>(id);
  }

 private:
  absl::Status WriteSubtree(git_treebuilder* builder, const std::string& name,
                            ChangeIterator begin, ChangeIterator end, size_t prefix) {
    TreePtr old;
    const git_tree_entry* entry = git_treebuilder_get(builder, name.c_str());
    if (entry != nullptr && git_tree_entry_type(entry) == GIT_OBJECT_TREE) {
      ASSIGN_OR_RETURN(old, LookUpTree(repository_, *git_tree_entry_id(entry)));
    }
    ASSIGN_OR_RETURN(const std::optional<git_oid> id,
                     Write(old.get(), begin, end, prefix));
    if (id.has_value()) {
      if (git_treebuilder_insert(nullptr, builder, name.c_str(), &*id,
                                 GIT_FILEMODE_TREE) != 0) {
        return GitFailure("add a folder to a tree");
      }
    } else if (old != nullptr && git_treebuilder_remove(builder, name.c_str()) != 0) {
      return GitFailure("remove a folder from a tree");
    }
    return absl::OkStatus();
  }

  git_repository* repository_;
  std::vector<git_oid>* written_;
};

}  // namespace

absl::Status InvalidContent(absl::string_view path, absl::string_view problem) {
  return Error(absl::StatusCode::kFailedPrecondition, reason::kInvalidGitContent,
               absl::StrCat("The repository's \"", path, "\" can't be used: ", problem,
                            ". Correct it in the repository."))
      .With("file", path);
}

absl::StatusOr<TreePtr> LookUpTree(git_repository* repository, const git_oid& id) {
  git_tree* tree = nullptr;
  if (git_tree_lookup(&tree, repository, &id) != 0) return GitFailure("read a tree");
  return TreePtr(tree);
}

absl::StatusOr<TreePtr> TreeOfCommit(git_repository* repository,
                                     absl::string_view commit_id) {
  const std::optional<git_oid> id = ParseOid(commit_id);
  git_commit* raw_commit = nullptr;
  if (!id.has_value() || git_commit_lookup(&raw_commit, repository, &*id) != 0) {
    git_error_clear();
    return absl::NotFoundError("the mirror has no such commit");
  }
  const CommitPtr commit(raw_commit);
  git_tree* tree = nullptr;
  if (git_commit_tree(&tree, raw_commit) != 0) {
    return GitFailure("read a commit's tree");
  }
  return TreePtr(tree);
}

absl::StatusOr<std::optional<git_oid>> FindFolder(git_repository* repository,
                                                  const git_tree* root,
                                                  absl::string_view path) {
  git_oid id = *git_tree_id(root);
  size_t begin = 0;
  while (begin < path.size()) {
    const size_t end = std::min(path.find('/', begin), path.size());
    ASSIGN_OR_RETURN(const TreePtr tree, LookUpTree(repository, id));
    const std::string name(path.substr(begin, end - begin));
    const git_tree_entry* entry = git_tree_entry_byname(tree.get(), name.c_str());
    if (entry == nullptr) return std::nullopt;
    if (git_tree_entry_type(entry) != GIT_OBJECT_TREE) {
      return InvalidContent(path.substr(0, end), "it is not a folder");
    }
    id = *git_tree_entry_id(entry);
    begin = end + 1;
  }
  return std::optional<git_oid>(id);
}

bool IsOwned(const std::vector<std::string>& owned, absl::string_view path) {
  for (const std::string& item : owned) {
    if (absl::StartsWith(path, item) &&
        (path.size() == item.size() || path[item.size()] == '/')) {
      return true;
    }
  }
  return false;
}

absl::StatusOr<TreeFiles> ListOwnedFiles(git_repository* repository,
                                         const git_oid& folder_tree,
                                         absl::string_view folder,
                                         const std::vector<std::string>& owned) {
  OwnedLister lister(repository, folder, owned);
  RETURN_IF_ERROR(lister.List(folder_tree, "", 1));
  return lister.TakeFiles();
}

absl::StatusOr<git_oid> WriteChanges(git_repository* repository, const git_tree* root,
                                     absl::string_view folder,
                                     const TreeChanges& changes,
                                     std::vector<git_oid>* written) {
  TreeChanges placed;
  for (const auto& [path, change] : changes) {
    placed[folder.empty() ? path : absl::StrCat(folder, "/", path)] = change;
  }
  ASSIGN_OR_RETURN(
      const std::optional<git_oid> id,
      TreeWriter(repository, written).Write(root, placed.begin(), placed.end(), 0));
  if (id.has_value()) return *id;
  git_treebuilder* raw_builder = nullptr;
  if (git_treebuilder_new(&raw_builder, repository, nullptr) != 0) {
    return GitFailure("begin a tree");
  }
  const TreeBuilderPtr builder(raw_builder);
  git_oid empty;
  if (git_treebuilder_write(&empty, raw_builder) != 0)
    return GitFailure("write a tree");
  written->push_back(empty);
  return empty;
}

}  // namespace gitsync
