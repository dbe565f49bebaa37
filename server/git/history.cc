#include "server/git/history.h"

#include <algorithm>
#include <map>
#include <optional>
#include <utility>

#include "absl/strings/str_cat.h"
#include "server/base/status_macros.h"
#include "server/git/tree_files.h"

namespace gitsync {
namespace {

CommitInfo InfoOf(const git_commit* commit) {
  CommitInfo info;
  info.id = OidHex(*git_commit_id(commit));
  const char* message = git_commit_message(commit);
  info.message = message == nullptr ? "" : message;
  const git_signature* author = git_commit_author(commit);
  info.author = {author->name, author->email};
  info.author_time = absl::FromUnixSeconds(author->when.time);
  return info;
}

absl::StatusOr<CommitPtr> LookUpCommit(git_repository* repository, const git_oid& id) {
  git_commit* commit = nullptr;
  if (git_commit_lookup(&commit, repository, &id) != 0) {
    return GitFailure("read a commit");
  }
  return CommitPtr(commit);
}

// The commit of an id from outside; NOT_FOUND, bare, if there is none.
absl::StatusOr<git_oid> KnownCommit(git_repository* repository, absl::string_view id) {
  const std::optional<git_oid> oid = ParseOid(id);
  git_commit* commit = nullptr;
  const int found =
      oid.has_value() ? git_commit_lookup(&commit, repository, &*oid) : GIT_ENOTFOUND;
  if (found == GIT_ENOTFOUND) {
    git_error_clear();
    return absl::NotFoundError("the mirror has no such commit");
  }
  if (found != 0) return GitFailure("read a commit");
  git_commit_free(commit);
  return *oid;
}

// The tree at `path` of a commit; a zero id if it has none there.
absl::StatusOr<git_oid> TreeAt(const git_commit* commit, const std::string& path) {
  const git_oid none = {};
  if (path.empty()) return *git_commit_tree_id(commit);
  git_tree* raw_tree = nullptr;
  if (git_commit_tree(&raw_tree, commit) != 0) return GitFailure("read a tree");
  const TreePtr tree(raw_tree);
  git_tree_entry* entry = nullptr;
  const int found = git_tree_entry_bypath(&entry, raw_tree, path.c_str());
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

absl::StatusOr<std::vector<CommitPtr>> ParentsOf(const git_commit* commit) {
  std::vector<CommitPtr> parents;
  for (unsigned int i = 0; i < git_commit_parentcount(commit); ++i) {
    git_commit* parent = nullptr;
    if (git_commit_parent(&parent, commit, i) != 0) return GitFailure("read a parent");
    parents.emplace_back(parent);
  }
  return parents;
}

absl::StatusOr<RevwalkPtr> WalkFrom(git_repository* repository, const git_oid& from) {
  git_revwalk* raw_walk = nullptr;
  if (git_revwalk_new(&raw_walk, repository) != 0) return GitFailure("begin a walk");
  RevwalkPtr walk(raw_walk);
  // Unsorted is newest first, a child always before its parent, and loads only what it
  // has come to. Any of libgit2's sort orders loads the whole history first.
  if (git_revwalk_push(raw_walk, &from) != 0) {
    return GitFailure("begin a walk");
  }
  return walk;
}

// The next commit of a walk; null at its end.
absl::StatusOr<CommitPtr> NextCommit(git_repository* repository, git_revwalk* walk) {
  git_oid id;
  const int next = git_revwalk_next(&id, walk);
  if (next == GIT_ITEROVER) return CommitPtr();
  if (next != 0) return GitFailure("walk through commits");
  return LookUpCommit(repository, id);
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

// The folders of one parent folder that have no answer yet: index by name.
using Wanted = std::map<std::string, std::vector<size_t>>;

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

// Answers with `commit` for those of `wanted`, folders in `parent`, that it changed.
absl::Status AnswerFrom(git_repository* repository, const git_commit* commit,
                        const std::vector<CommitPtr>& parents,
                        const std::string& parent, Wanted* wanted,
                        std::vector<CommitInfo>* answers) {
  ASSIGN_OR_RETURN(const git_oid now_id, TreeAt(commit, parent));
  std::vector<git_oid> before_ids;
  for (const CommitPtr& before : parents) {
    ASSIGN_OR_RETURN(const git_oid id, TreeAt(before.get(), parent));
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
    if (!IsChange(EntryId(now.get(), it->first), entries)) {
      ++it;
      continue;
    }
    for (size_t index : it->second) (*answers)[index] = InfoOf(commit);
    it = wanted->erase(it);
  }
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<std::vector<CommitInfo>> LogOfFolder(git_repository* repository,
                                                    absl::string_view from,
                                                    absl::string_view until,
                                                    absl::string_view folder, int limit,
                                                    const Context& context) {
  ASSIGN_OR_RETURN(const git_oid from_id, KnownCommit(repository, from));
  ASSIGN_OR_RETURN(const RevwalkPtr walk, WalkFrom(repository, from_id));
  if (!until.empty()) {
    ASSIGN_OR_RETURN(const git_oid until_id, KnownCommit(repository, until));
    if (git_revwalk_hide(walk.get(), &until_id) != 0) return GitFailure("bound a walk");
  }
  const std::string path(folder);
  std::vector<CommitInfo> commits;
  while (commits.size() < static_cast<size_t>(std::max(limit, 0))) {
    RETURN_IF_ERROR(context.Check());
    ASSIGN_OR_RETURN(const CommitPtr commit, NextCommit(repository, walk.get()));
    if (commit == nullptr) break;
    ASSIGN_OR_RETURN(const git_oid now, TreeAt(commit.get(), path));
    ASSIGN_OR_RETURN(const std::vector<CommitPtr> parents, ParentsOf(commit.get()));
    std::vector<git_oid> before;
    for (const CommitPtr& parent : parents) {
      ASSIGN_OR_RETURN(const git_oid id, TreeAt(parent.get(), path));
      before.push_back(id);
    }
    if (IsChange(now, before)) commits.push_back(InfoOf(commit.get()));
  }
  return commits;
}

absl::StatusOr<std::vector<CommitInfo>> LastCommitsOfFolders(
    git_repository* repository, absl::string_view from,
    const std::vector<std::string>& folders, const Context& context) {
  ASSIGN_OR_RETURN(const git_oid from_id, KnownCommit(repository, from));
  ASSIGN_OR_RETURN(const CommitPtr tip, LookUpCommit(repository, from_id));
  std::vector<CommitInfo> answers(folders.size());
  std::map<std::string, Wanted> wanted;
  for (size_t i = 0; i < folders.size(); ++i) {
    const size_t slash = folders[i].rfind('/');
    const std::string parent =
        slash == std::string::npos ? "" : folders[i].substr(0, slash);
    // One that is not there now is not looked for in the whole history.
    ASSIGN_OR_RETURN(const git_oid id, TreeAt(tip.get(), folders[i]));
    if (git_oid_is_zero(&id) != 0) continue;
    wanted[parent][folders[i].substr(slash == std::string::npos ? 0 : slash + 1)]
        .push_back(i);
  }
  ASSIGN_OR_RETURN(const RevwalkPtr walk, WalkFrom(repository, from_id));
  while (!wanted.empty()) {
    RETURN_IF_ERROR(context.Check());
    ASSIGN_OR_RETURN(const CommitPtr commit, NextCommit(repository, walk.get()));
    if (commit == nullptr) break;
    ASSIGN_OR_RETURN(const std::vector<CommitPtr> parents, ParentsOf(commit.get()));
    for (auto it = wanted.begin(); it != wanted.end();) {
      RETURN_IF_ERROR(AnswerFrom(repository, commit.get(), parents, it->first,
                                 &it->second, &answers));
      it = it->second.empty() ? wanted.erase(it) : std::next(it);
    }
  }
  return answers;
}

absl::StatusOr<bool> IsAncestorIn(git_repository* repository,
                                  absl::string_view ancestor,
                                  absl::string_view commit) {
  const absl::StatusOr<git_oid> from = KnownCommit(repository, commit);
  const absl::StatusOr<git_oid> to = KnownCommit(repository, ancestor);
  for (const auto* id : {&from, &to}) {
    if (absl::IsNotFound(id->status())) return false;
    if (!id->ok()) return id->status();
  }
  if (git_oid_equal(&*from, &*to) != 0) return true;
  const int answer = git_graph_descendant_of(repository, &*from, &*to);
  if (answer < 0) return GitFailure("compare commits");
  return answer == 1;
}

}  // namespace gitsync
