#include "server/git/object/tree_files.h"

#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "server/base/error.h"
#include "server/base/reason.h"
#include "server/base/status_macros.h"
#include "server/git/object/commit_object.h"
#include "server/git/object/object_writer.h"
#include "server/git/object/raw_tree.h"

namespace gitsync {
namespace {

class OwnedLister {
 public:
  OwnedLister(git_repository* repository, absl::string_view folder,
              const std::vector<std::string>& owned,
              bool (*is_others)(absl::string_view path))
      : repository_(repository),
        folder_(folder),
        owned_(owned),
        is_others_(is_others) {}

  absl::Status List(const git_oid& tree_id, const std::string& prefix, int depth) {
    if (depth > kMaxFolderDepth) {
      return InvalidContent(absl::StrCat(folder_, "/", prefix),
                            "its folders are nested too deep");
    }
    ASSIGN_OR_RETURN(const TreePtr tree, LookUpTree(repository_, tree_id));
    const size_t count = git_tree_entrycount(tree.get());
    // Folders too: a few trees that name each other many times are many folders.
    entries_ += count;
    if (entries_ > kMaxFolderEntries) {
      return InvalidContent(folder_, "it has too many files");
    }
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
      if (is_others_ != nullptr && is_others_(path)) continue;
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
  bool (*const is_others_)(absl::string_view path);
  size_t entries_ = 0;
  TreeFiles files_;
};

// A range of changes whose paths share the first `prefix` bytes.
using ChangeIterator = TreeChanges::const_iterator;

class TreeWriter {
 public:
  TreeWriter(git_odb* odb, absl::string_view folder, WrittenTrees* written)
      : odb_(odb), folder_(folder), written_(written) {}

  // Writes the tree `old` (none: an empty one) with the changes; nothing if no entry is
  // left.
  absl::StatusOr<std::optional<git_oid>> Write(const std::optional<git_oid>& old,
                                               ChangeIterator begin, ChangeIterator end,
                                               size_t prefix) {
    OdbObjectPtr object;
    RawTree tree;
    if (old.has_value()) {
      git_odb_object* raw_object = nullptr;
      if (git_odb_read(&raw_object, odb_, &*old) != 0) return GitFailure("read a tree");
      object.reset(raw_object);
      std::optional<RawTree> parsed =
          RawTree::Parse({static_cast<const char*>(git_odb_object_data(raw_object)),
                          git_odb_object_size(raw_object)});
      if (!parsed.has_value() || git_odb_object_type(raw_object) != GIT_OBJECT_TREE) {
        return InvalidContent(begin->first.substr(0, prefix), "its folder is damaged");
      }
      tree = *std::move(parsed);
    }
    TreeEdits edits;
    for (ChangeIterator it = begin; it != end;) {
      const size_t slash = it->first.find('/', prefix);
      const std::string name = it->first.substr(prefix, slash - prefix);
      if (slash == std::string::npos) {
        EditFile(tree, name, it->second, edits);
        ++it;
        continue;
      }
      ChangeIterator sub_end = it;
      while (sub_end != end && sub_end->first.size() > slash &&
             sub_end->first.compare(prefix, slash - prefix + 1, name + "/") == 0) {
        ++sub_end;
      }
      RETURN_IF_ERROR(EditFolder(tree, name, it, sub_end, slash + 1, edits));
      it = sub_end;
    }
    const std::string content = tree.With(edits);
    if (content.empty()) return std::nullopt;
    ASSIGN_OR_RETURN(const git_oid id, WriteTree(content, old));
    if (prefix == folder_.size() + 1) written_->folder = id;
    return std::optional<git_oid>(id);
  }

  // Writes a tree that was made from `old`.
  absl::StatusOr<git_oid> WriteTree(const std::string& content,
                                    const std::optional<git_oid>& old) {
    ASSIGN_OR_RETURN(const git_oid id, ObjectId(GIT_OBJECT_TREE, content));
    RETURN_IF_ERROR(WriteObject(odb_, id, GIT_OBJECT_TREE, content));
    if (!old.has_value() || git_oid_equal(&*old, &id) == 0) {
      written_->objects.push_back({id, old});
    }
    return id;
  }

 private:
  // A file that goes may leave its name to a folder, and the other way round: what
  // comes wins over what goes, whichever is seen first.
  static void EditFile(const RawTree& tree, const std::string& name,
                       const std::optional<TreeFile>& file, TreeEdits& edits) {
    if (file.has_value()) {
      edits[name] = TreeEntry{file->id, file->mode};
      return;
    }
    const std::optional<TreeEntry> old = tree.Find(name);
    if (old.has_value() && !old->IsTree()) edits.try_emplace(name, std::nullopt);
  }

  absl::Status EditFolder(const RawTree& tree, const std::string& name,
                          ChangeIterator begin, ChangeIterator end, size_t prefix,
                          TreeEdits& edits) {
    std::optional<git_oid> old;
    if (const std::optional<TreeEntry> entry = tree.Find(name);
        entry.has_value() && entry->IsTree()) {
      old = entry->id;
    }
    ASSIGN_OR_RETURN(const std::optional<git_oid> id, Write(old, begin, end, prefix));
    const auto edit = edits.find(name);
    const bool is_file_now = edit != edits.end() && edit->second.has_value();
    if (id.has_value() && !is_file_now) {
      edits[name] = TreeEntry{*id, GIT_FILEMODE_TREE};
    } else if (old.has_value()) {
      edits.try_emplace(name, std::nullopt);
    }
    return absl::OkStatus();
  }

  git_odb* const odb_;
  const absl::string_view folder_;
  WrittenTrees* const written_;
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
  if (!id.has_value()) return MirrorFault("the mirror has no such commit");
  ASSIGN_OR_RETURN(const CommitReader reader, CommitReader::Open(repository));
  ASSIGN_OR_RETURN(const Commit commit, reader.Read(*id));
  return LookUpTree(repository, commit.tree);
}

absl::StatusOr<std::optional<git_oid>> FindFolder(git_repository* repository,
                                                  const git_tree* root,
                                                  absl::string_view path) {
  git_odb* raw_odb = nullptr;
  if (git_repository_odb(&raw_odb, repository) != 0) return GitFailure("open objects");
  const OdbPtr odb(raw_odb);
  git_oid id = *git_tree_id(root);
  size_t begin = 0;
  while (begin < path.size()) {
    const size_t end = std::min(path.find('/', begin), path.size());
    // Not taken apart: of thousands of entries one is asked for.
    ASSIGN_OR_RETURN(const OdbObjectPtr tree, ReadObject(odb.get(), id));
    const std::optional<TreeEntry> entry =
        FindInTree(ContentOf(tree.get()), path.substr(begin, end - begin));
    if (!entry.has_value()) return std::nullopt;
    if (!entry->IsTree()) {
      return InvalidContent(path.substr(0, end), "it is not a folder");
    }
    id = entry->id;
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
                                         const std::vector<std::string>& owned,
                                         bool (*is_others)(absl::string_view path)) {
  OwnedLister lister(repository, folder, owned, is_others);
  RETURN_IF_ERROR(lister.List(folder_tree, "", 1));
  return lister.TakeFiles();
}

absl::StatusOr<WrittenTrees> WriteChanges(git_repository* repository,
                                          const git_tree* root,
                                          absl::string_view folder,
                                          const TreeChanges& changes) {
  TreeChanges placed;
  for (const auto& [path, change] : changes) {
    placed[absl::StrCat(folder, "/", path)] = change;
  }
  git_odb* odb = nullptr;
  if (git_repository_odb(&odb, repository) != 0) return GitFailure("open objects");
  const OdbPtr owner(odb);
  std::optional<git_oid> old_root;
  if (root != nullptr) old_root = *git_tree_id(root);
  WrittenTrees written;
  TreeWriter writer(odb, folder, &written);
  ASSIGN_OR_RETURN(const std::optional<git_oid> id,
                   writer.Write(old_root, placed.begin(), placed.end(), 0));
  if (id.has_value()) {
    written.root = *id;
  } else {
    ASSIGN_OR_RETURN(written.root, writer.WriteTree("", old_root));
  }
  return written;
}

}  // namespace gitsync
