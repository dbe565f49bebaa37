#include "server/git/push/push_plan.h"

#include <git2/sys/commit.h>

#include <algorithm>
#include <optional>
#include <set>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"
#include "server/base/error.h"
#include "server/base/reason.h"
#include "server/base/status_macros.h"
#include "server/base/utf8.h"
#include "server/git/object/folder_reader.h"
#include "server/git/object/merge.h"
#include "server/git/object/object_writer.h"
#include "server/git/object/tree_names.h"
#include "server/git/push/push_checks.h"
#include "server/git/push/push_folder.h"

namespace gitsync {
namespace {

constexpr size_t kMaxFilesInError = 100;

bool IsSafePath(absl::string_view path) {
  for (absl::string_view name : absl::StrSplit(path, '/')) {
    if (!ProblemWithName(name).empty()) return false;
  }
  return true;
}

absl::StatusOr<TreeFiles> HashFiles(const GitFiles& files) {
  TreeFiles hashed;
  for (const auto& [path, content] : files) {
    ASSIGN_OR_RETURN(hashed[path].id, ObjectId(GIT_OBJECT_BLOB, content));
  }
  return hashed;
}

// What the folder was made from; nothing if the mirror has not got it.
absl::StatusOr<std::optional<TreeFiles>> BaseFiles(git_repository* repository,
                                                   const PushRequest& request) {
  const std::optional<git_oid> id = ParseOid(request.base_tree_id);
  if (!id.has_value()) return std::nullopt;
  git_tree* tree = nullptr;
  if (git_tree_lookup(&tree, repository, &*id) != 0) {
    git_error_clear();
    return std::nullopt;
  }
  git_tree_free(tree);
  ASSIGN_OR_RETURN(TreeFiles files, ListOwnedFiles(repository, *id, request.folder,
                                                   request.owned, request.is_others));
  return std::optional<TreeFiles>(std::move(files));
}

// Refuses others' files that are merged if their names are such as reading the folder
// refuses: the push would succeed, and nobody could pull it.
absl::Status CheckMergedNames(const PushRequest& request,
                              const std::vector<std::string>& merged) {
  for (const std::string& path : merged) {
    for (const absl::string_view name : absl::StrSplit(path, '/')) {
      const absl::string_view problem = ProblemWithName(name);
      if (problem.empty()) continue;
      return InvalidContent(ReplaceInvalidUtf8(absl::StrCat(request.folder, "/", path)),
                            problem);
    }
  }
  return absl::OkStatus();
}

// Merges, inside of them, the files that both sides changed. Those that it can stop
// being conflicts; `contents` gets them.
absl::Status MergeFiles(git_repository* repository, const PushItem& item,
                        const std::optional<TreeFiles>& base, const TreeFiles& theirs,
                        FolderMerge* merge, GitFiles* contents) {
  if (!item.merge_file || !base.has_value()) return absl::OkStatus();
  std::vector<std::string> conflicts;
  for (const std::string& path : std::exchange(merge->conflicts, {})) {
    conflicts.push_back(path);
    const auto old = base->find(path);
    const auto their = theirs.find(path);
    const auto our = item.request.files.find(path);
    if (old == base->end() || their == theirs.end() ||
        our == item.request.files.end() || !old->second.IsRegular() ||
        !their->second.IsRegular()) {
      continue;
    }
    ASSIGN_OR_RETURN(const GitFiles read,
                     ReadFiles(repository, item.request.folder,
                               {{"base", old->second}, {"theirs", their->second}}));
    std::optional<std::string> merged =
        item.merge_file(path, read.at("base"), our->second, read.at("theirs"));
    if (!merged.has_value()) continue;
    conflicts.pop_back();
    merge->files[path].mode = their->second.mode;
    ASSIGN_OR_RETURN(merge->files[path].id, ObjectId(GIT_OBJECT_BLOB, *merged));
    merge->merged.push_back(path);
    (*contents)[path] = *std::move(merged);
  }
  merge->conflicts = std::move(conflicts);
  return absl::OkStatus();
}

// Reads what a merge made, and asks the caller whether it makes sense. `ours`: the
// content of files that the remote may not have.
absl::Status CheckMerge(git_repository* repository, const PushItem& item,
                        const FolderMerge& merge, const GitFiles& ours,
                        GitFiles* merged) {
  const PushRequest& request = item.request;
  TreeFiles from_remote;
  GitFiles contents;
  for (const auto& [path, file] : merge.files) {
    if (const auto our = ours.find(path); our != ours.end()) {
      ASSIGN_OR_RETURN(const git_oid id, ObjectId(GIT_OBJECT_BLOB, our->second));
      if (git_oid_equal(&id, &file.id) != 0) {
        contents[path] = our->second;
        continue;
      }
    }
    from_remote[path] = file;
  }
  ASSIGN_OR_RETURN(GitFiles read, ReadFiles(repository, request.folder, from_remote));
  contents.merge(read);
  if (item.check_merge) {
    RETURN_IF_ERROR(item.check_merge(contents));
  }
  *merged = std::move(contents);
  return absl::OkStatus();
}

// A name or address without what would break a commit's header.
std::string SignatureText(absl::string_view text, absl::string_view fallback) {
  std::string out;
  for (char c : text) {
    if (static_cast<unsigned char>(c) >= 0x20 && c != '<' && c != '>' && c != 0x7f) {
      out.push_back(c);
    }
  }
  absl::StripAsciiWhitespace(&out);
  return out.empty() ? std::string(fallback) : out;
}

absl::StatusOr<SignaturePtr> MakeSignature(const GitSignature& who, absl::Time time) {
  git_signature* signature = nullptr;
  if (git_signature_new(&signature, SignatureText(who.name, "unknown").c_str(),
                        SignatureText(who.email, "unknown").c_str(),
                        absl::ToUnixSeconds(time), /*offset=*/0) != 0) {
    return GitFailure("make a signature");
  }
  return SignaturePtr(signature);
}

}  // namespace

absl::Status CheckPushRequest(const PushRequest& request) {
  if (!IsSafePath(request.folder)) return InternalError("push to an unsafe folder");
  for (const auto& [path, content] : request.files) {
    if (!IsSafePath(path) || !IsOwned(request.owned, path)) {
      return InternalError("push of a file that the request does not own");
    }
  }
  int valid = 0;
  const std::string ref = absl::StrCat("refs/heads/", request.branch);
  if (git_reference_name_is_valid(&valid, ref.c_str()) != 0 || valid == 0) {
    return InternalError("push to a branch of an invalid name");
  }
  return absl::OkStatus();
}

absl::StatusOr<PushPlan> PlanPush(git_repository* repository,
                                  const std::string& start_commit,
                                  const PushItem& item) {
  const PushRequest& request = item.request;
  PushPlan plan;
  plan.folder = request.folder;
  TreePtr root;
  std::optional<git_oid> folder_tree;
  TreeFiles theirs;
  if (!start_commit.empty()) {
    ASSIGN_OR_RETURN(root, TreeOfCommit(repository, start_commit));
    ASSIGN_OR_RETURN(plan.folder, FindPushFolder(repository, start_commit, request));
    ASSIGN_OR_RETURN(folder_tree, FindFolder(repository, root.get(), plan.folder));
  }
  if (folder_tree.has_value()) {
    ASSIGN_OR_RETURN(theirs, ListOwnedFiles(repository, *folder_tree, plan.folder,
                                            request.owned, request.is_others));
  }
  ASSIGN_OR_RETURN(const TreeFiles ours, HashFiles(request.files));
  // On a branch without commits nobody deleted what the base has.
  std::optional<TreeFiles> base;
  if (root != nullptr) {
    ASSIGN_OR_RETURN(base, BaseFiles(repository, request));
  }

  FolderMerge merge = MergeFolder(base, ours, theirs, request.force);
  if (const absl::Status names = CheckMergedNames(request, merge.merged); !names.ok()) {
    if (!request.force) return names;
    merge = ReplaceFolder(ours, theirs);
  }
  GitFiles contents = request.files;
  RETURN_IF_ERROR(MergeFiles(repository, item, base, theirs, &merge, &contents));
  if (merge.conflicts.empty() && !merge.merged.empty()) {
    const absl::Status makes_sense =
        CheckMerge(repository, item, merge, contents, &plan.merged);
    if (!makes_sense.ok()) {
      if (IsMirrorFault(makes_sense)) return makes_sense;
      if (request.force) {
        merge = ReplaceFolder(ours, theirs);
        contents = request.files;
      } else {
        merge.conflicts = merge.merged;
      }
    }
  }
  if (!merge.conflicts.empty()) {
    plan.conflicts = std::move(merge.conflicts);
    plan.folder_was_deleted = theirs.empty();
    plan.base_is_missing = !request.base_tree_id.empty() && !base.has_value();
    return plan;
  }
  plan.overwritten_files = std::move(merge.overwritten);
  plan.merged_files = std::move(merge.merged);

  git_odb* raw_odb = nullptr;
  if (git_repository_odb(&raw_odb, repository) != 0) return GitFailure("open objects");
  const OdbPtr odb(raw_odb);
  std::set<git_oid, OidLess> remote_has;
  for (const auto& [path, file] : theirs) remote_has.insert(file.id);
  TreeChanges changes;
  for (const auto& [path, file] : theirs) {
    if (merge.files.count(path) == 0) changes[path] = std::nullopt;
  }
  for (const auto& [path, file] : merge.files) {
    const auto their = theirs.find(path);
    if (their != theirs.end() && their->second.SameContent(file)) continue;
    changes[path] = file;
    if (!remote_has.insert(file.id).second) continue;
    // What is not theirs is ours.
    RETURN_IF_ERROR(
        WriteObject(odb.get(), file.id, GIT_OBJECT_BLOB, contents.at(path)));
    plan.new_objects.push_back({file.id, std::nullopt});
    if (their != theirs.end()) plan.new_objects.back().base = their->second.id;
  }
  std::optional<git_oid> new_folder = folder_tree;
  if (changes.empty() && root != nullptr) {
    plan.root_tree = *git_tree_id(root.get());
    plan.unchanged = true;
  } else {
    if (root != nullptr) {
      if (!folder_tree.has_value()) {
        RETURN_IF_ERROR(CheckNoTwin(repository, root.get(), plan.folder));
      }
      RETURN_IF_ERROR(CheckNoFilter(repository, start_commit, plan.folder, changes));
    }
    ASSIGN_OR_RETURN(WrittenTrees written,
                     WriteChanges(repository, root.get(), plan.folder, changes));
    plan.root_tree = written.root;
    new_folder = written.folder;
    plan.new_objects.insert(plan.new_objects.end(), written.objects.begin(),
                            written.objects.end());
  }
  if (new_folder.has_value()) plan.folder_tree_id = OidHex(*new_folder);
  return plan;
}

absl::Status ConflictError(const PushPlan& plan) {
  if (plan.folder_was_deleted) {
    return Error(absl::StatusCode::kAborted, reason::kGitAppDeleted,
                 absl::StrCat("The app's folder \"", plan.folder,
                              "\" is not on the branch any more: others deleted it "
                              "there. Push with force to put it back, or delete the "
                              "app here too."))
        .With("folder", plan.folder);
  }
  const std::vector<std::string> listed(
      plan.conflicts.begin(),
      plan.conflicts.begin() + std::min(plan.conflicts.size(), kMaxFilesInError));
  return Error(absl::StatusCode::kAborted, reason::kAppConflict,
               absl::StrCat("Others changed the same files of \"", plan.folder,
                            "\" in the repository: ", absl::StrJoin(listed, ", "),
                            ". Push with force to overwrite their changes, or pull "
                            "with overwriteLocalChanges to take them and lose yours."))
      .With("files", absl::StrJoin(listed, "\n"));
}

absl::StatusOr<git_oid> WriteCommit(git_repository* repository,
                                    const git_oid& root_tree,
                                    const std::string& start_commit,
                                    const PushRequest& request,
                                    const GitSignature& committer) {
  ASSIGN_OR_RETURN(const SignaturePtr author,
                   MakeSignature(request.author, request.time));
  ASSIGN_OR_RETURN(const SignaturePtr by, MakeSignature(committer, request.time));
  std::string message = request.message;
  if (message.empty() || message.back() != '\n') message.push_back('\n');
  // By its id: libgit2 does not read every parent that git made.
  const std::optional<git_oid> parent = ParseOid(start_commit);
  const git_oid* parents[] = {parent.has_value() ? &*parent : nullptr};
  git_oid commit;
  if (git_commit_create_from_ids(&commit, repository, /*update_ref=*/nullptr,
                                 author.get(), by.get(), /*message_encoding=*/nullptr,
                                 message.c_str(), &root_tree,
                                 parent.has_value() ? 1 : 0, parents) != 0) {
    return GitFailure("write a commit");
  }
  return commit;
}

}  // namespace gitsync
