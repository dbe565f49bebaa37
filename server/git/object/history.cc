#include "server/git/object/history.h"

#include <algorithm>
#include <map>
#include <optional>
#include <utility>

#include "server/base/status_macros.h"
#include "server/git/object/commit_object.h"
#include "server/git/object/commit_walk.h"
#include "server/git/object/tree_files.h"

namespace gitsync {
namespace {

// The commit of an id from outside; NOT_FOUND, bare, if there is none.
absl::StatusOr<Commit> KnownCommit(const CommitReader& reader, absl::string_view id) {
  std::optional<Commit> commit;
  if (const std::optional<git_oid> oid = ParseOid(id)) {
    ASSIGN_OR_RETURN(commit, reader.Find(*oid));
  }
  if (!commit.has_value()) return absl::NotFoundError("the mirror has no such commit");
  return *std::move(commit);
}

// The tree at `path` of a commit; a zero id if it has none there.
absl::StatusOr<git_oid> TreeAt(git_repository* repository, const Commit& commit,
                               const std::string& path) {
  const git_oid none = {};
  if (path.empty()) return commit.tree;
  ASSIGN_OR_RETURN(const TreePtr tree, LookUpTree(repository, commit.tree));
  git_tree_entry* entry = nullptr;
  const int found = git_tree_entry_bypath(&entry, tree.get(), path.c_str());
  if (found == GIT_ENOTFOUND) {
    git_error_clear();
    return none;
  }
  if (found != 0) return GitFailure("find a folder");
  const git_oid id = *git_tree_entry_id(entry);
  const bool is_tree = git_tree_entry_type(entry) == GIT_OBJECT_TREE;
  git_tree_entry_free(entry);
  return is_tree ? id : none;
}

absl::StatusOr<std::vector<Commit>> ParentsOf(const CommitReader& reader,
                                              const Commit& commit) {
  std::vector<Commit> parents;
  for (const git_oid& id : commit.parents) {
    ASSIGN_OR_RETURN(Commit parent, reader.Read(id));
    parents.push_back(std::move(parent));
  }
  return parents;
}

// Whether a commit that has `now` where its parents have `before` made the change, as
// git log sees it: it differs from each of them, or is the first to have it.
bool IsChange(const git_oid& now, const std::vector<git_oid>& before) {
  if (before.empty()) return git_oid_is_zero(&now) == 0;
  for (const git_oid& id : before) {
    if (git_oid_equal(&now, &id) != 0) return false;
  }
  return true;
}

// A folder that has no answer yet.
struct WantedFolder {
  git_oid at_tip = {};
  std::vector<size_t> indexes;
};
// Those of one parent folder, by name.
using Wanted = std::map<std::string, WantedFolder>;

git_oid EntryId(const git_tree* tree, const std::string& name) {
  const git_oid none = {};
  if (tree == nullptr) return none;
  const git_tree_entry* entry = git_tree_entry_byname(tree, name.c_str());
  return entry == nullptr ? none : *git_tree_entry_id(entry);
}

// Null for a zero id.
absl::StatusOr<TreePtr> TreeOrNull(git_repository* repository, const git_oid& id) {
  if (git_oid_is_zero(&id) != 0) return TreePtr();
  return LookUpTree(repository, id);
}

// Answers with `commit` for those of `wanted`, folders in `parent`, that it made what
// they are at the tip. A change that differs was thrown away by a merge.
absl::Status AnswerFrom(git_repository* repository, const CommitReader& reader,
                        const Commit& commit, const std::vector<Commit>& parents,
                        const std::string& parent, Wanted* wanted,
                        std::vector<CommitInfo>* answers) {
  ASSIGN_OR_RETURN(const git_oid now_id, TreeAt(repository, commit, parent));
  std::vector<git_oid> before_ids;
  for (const Commit& before : parents) {
    ASSIGN_OR_RETURN(const git_oid id, TreeAt(repository, before, parent));
    before_ids.push_back(id);
  }
  if (!IsChange(now_id, before_ids)) return absl::OkStatus();

  ASSIGN_OR_RETURN(const TreePtr now, TreeOrNull(repository, now_id));
  std::vector<TreePtr> before;
  for (const git_oid& id : before_ids) {
    ASSIGN_OR_RETURN(TreePtr tree, TreeOrNull(repository, id));
    before.push_back(std::move(tree));
  }
  for (auto it = wanted->begin(); it != wanted->end();) {
    std::vector<git_oid> entries;
    for (const TreePtr& tree : before)
      entries.push_back(EntryId(tree.get(), it->first));
    const git_oid entry = EntryId(now.get(), it->first);
    if (git_oid_equal(&entry, &it->second.at_tip) == 0 || !IsChange(entry, entries)) {
      ++it;
      continue;
    }
    ASSIGN_OR_RETURN(const CommitInfo info, reader.Describe(commit.id));
    for (size_t index : it->second.indexes) (*answers)[index] = info;
    it = wanted->erase(it);
  }
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<CommitLog> LogOfFolder(git_repository* repository,
                                      absl::string_view from, absl::string_view until,
                                      absl::string_view folder, const LogPage& page,
                                      const Context& context) {
  ASSIGN_OR_RETURN(const CommitReader reader, CommitReader::Open(repository));
  CommitWalk walk(&reader);
  ASSIGN_OR_RETURN(const Commit tip, KnownCommit(reader, from));
  RETURN_IF_ERROR(walk.Push(tip.id));
  if (!until.empty()) {
    ASSIGN_OR_RETURN(const Commit end, KnownCommit(reader, until));
    RETURN_IF_ERROR(walk.Hide(end.id));
  }
  const std::string path(folder);
  CommitLog log;
  while (true) {
    RETURN_IF_ERROR(context.Check());
    ASSIGN_OR_RETURN(const std::optional<Commit> commit, walk.Next());
    if (!commit.has_value()) break;
    ASSIGN_OR_RETURN(const git_oid now, TreeAt(repository, *commit, path));
    ASSIGN_OR_RETURN(const std::vector<Commit> parents, ParentsOf(reader, *commit));
    std::vector<git_oid> before;
    for (const Commit& parent : parents) {
      ASSIGN_OR_RETURN(const git_oid id, TreeAt(repository, parent, path));
      before.push_back(id);
    }
    if (!IsChange(now, before)) continue;
    const int index = log.total++ - page.skip;
    if (index < 0 || index >= page.limit) continue;
    ASSIGN_OR_RETURN(CommitInfo info, reader.Describe(commit->id));
    log.commits.push_back(std::move(info));
  }
  return log;
}

absl::StatusOr<std::vector<CommitInfo>> LastCommitsOfFolders(
    git_repository* repository, absl::string_view from,
    const std::vector<std::string>& folders, const Context& context) {
  ASSIGN_OR_RETURN(const CommitReader reader, CommitReader::Open(repository));
  ASSIGN_OR_RETURN(const Commit tip, KnownCommit(reader, from));
  std::vector<CommitInfo> answers(folders.size());
  std::map<std::string, Wanted> wanted;
  for (size_t i = 0; i < folders.size(); ++i) {
    const size_t slash = folders[i].rfind('/');
    const std::string parent =
        slash == std::string::npos ? "" : folders[i].substr(0, slash);
    // One that is not there now is not looked for in the whole history.
    ASSIGN_OR_RETURN(const git_oid id, TreeAt(repository, tip, folders[i]));
    if (git_oid_is_zero(&id) != 0) continue;
    WantedFolder& folder =
        wanted[parent][folders[i].substr(slash == std::string::npos ? 0 : slash + 1)];
    folder.at_tip = id;
    folder.indexes.push_back(i);
  }
  CommitWalk walk(&reader);
  RETURN_IF_ERROR(walk.Push(tip.id));
  while (!wanted.empty()) {
    RETURN_IF_ERROR(context.Check());
    ASSIGN_OR_RETURN(const std::optional<Commit> commit, walk.Next());
    if (!commit.has_value()) break;
    ASSIGN_OR_RETURN(const std::vector<Commit> parents, ParentsOf(reader, *commit));
    for (auto it = wanted.begin(); it != wanted.end();) {
      RETURN_IF_ERROR(AnswerFrom(repository, reader, *commit, parents, it->first,
                                 &it->second, &answers));
      it = it->second.empty() ? wanted.erase(it) : std::next(it);
    }
  }
  return answers;
}

absl::StatusOr<bool> IsAncestorIn(git_repository* repository,
                                  absl::string_view ancestor,
                                  absl::string_view commit) {
  ASSIGN_OR_RETURN(const CommitReader reader, CommitReader::Open(repository));
  const absl::StatusOr<Commit> from = KnownCommit(reader, commit);
  const absl::StatusOr<Commit> to = KnownCommit(reader, ancestor);
  for (const auto* known : {&from, &to}) {
    if (absl::IsNotFound(known->status())) return false;
    if (!known->ok()) return known->status();
  }
  return AnyReaches(reader, {from->id}, to->id);
}

}  // namespace gitsync
