// What a run tells its callers.

#include <algorithm>
#include <utility>

#include "server/base/status_macros.h"
#include "server/git/object/history.h"
#include "server/git/push/push_folder.h"
#include "server/git/push/push_run.h"

namespace gitsync {
namespace {

PushResult ResultOf(const PushPlan& plan, std::string commit_id, bool changed) {
  PushResult result;
  result.commit_id = std::move(commit_id);
  result.folder = plan.folder;
  result.tree_id = plan.folder_tree_id;
  result.changed = changed;
  result.overwritten_files = plan.overwritten_files;
  result.merged_files = plan.merged_files;
  result.merged = plan.merged;
  return result;
}

// The id of the tree at `folder`; empty if there is none.
std::string FolderTreeId(git_repository* repository, const git_tree* root,
                         absl::string_view folder) {
  const auto tree = FindFolder(repository, root, folder);
  return tree.ok() && tree->has_value() ? OidHex(**tree) : "";
}

// Whether a commit has the folder as the plan found it.
bool HasFolderOf(const PushPlan& plan, git_repository* repository,
                 const std::string& commit_id) {
  const absl::StatusOr<TreePtr> root = TreeOfCommit(repository, commit_id);
  return root.ok() &&
         FolderTreeId(repository, root->get(), plan.folder) == plan.folder_tree_id;
}

}  // namespace

void PushRun::Answer(std::vector<PushAnswer> answers) {
  if (answers.empty()) return;
  std::vector<Open>& open = group().open;
  for (const PushAnswer& answer : answers) {
    open.erase(
        std::remove_if(open.begin(), open.end(),
                       [&answer](const Open& one) { return one.item == answer.item; }),
        open.end());
  }
  hooks_.answer(std::move(answers));
}

void PushRun::FailGroup(const absl::Status& status) {
  std::vector<PushAnswer> answers;
  for (const Open& open : group().open) answers.push_back({open.item, status});
  Answer(std::move(answers));
}

void PushRun::Fail(const absl::Status& status) {
  for (; !groups_.empty(); groups_.pop_back()) FailGroup(status);
}

std::map<size_t, std::string> PushRun::CommitsOfUnchanged(const Mirror& mirror,
                                                          const std::string& tip,
                                                          const Draft& draft) const {
  std::vector<const Step*> steps;
  std::vector<std::string> folders;
  for (const Step& step : draft.steps) {
    if (step.adds) continue;
    steps.push_back(&step);
    folders.push_back(step.plan.folder);
  }
  std::map<size_t, std::string> commits;
  if (steps.empty() || tip.empty()) return commits;
  const absl::StatusOr<std::vector<CommitInfo>> last =
      LastCommitsOfFolders(mirror.repository(), tip, folders, context_);
  for (size_t i = 0; i < steps.size(); ++i) {
    // The commit that the step was planned on holds it too, if nothing better is known,
    // as when a step before it brought it.
    const bool known = last.ok() && !(*last)[i].id.empty() &&
                       HasFolderOf(steps[i]->plan, mirror.repository(), (*last)[i].id);
    commits[steps[i]->item] = known ? (*last)[i].id : steps[i]->commit_id;
  }
  return commits;
}

void PushRun::AnswerTaken(const Mirror& mirror, const Draft& draft) {
  const std::map<size_t, std::string> holding =
      CommitsOfUnchanged(mirror, draft.start, draft);
  std::vector<PushAnswer> answers;
  for (const Step& step : draft.steps) {
    const auto unchanged = holding.find(step.item);
    answers.push_back(
        {step.item,
         ResultOf(step.plan,
                  unchanged == holding.end() ? step.commit_id : unchanged->second,
                  step.adds)});
  }
  Answer(std::move(answers));
}

void PushRun::AnswerUnchanged(const Mirror& mirror, Draft& draft) {
  if (draft.branch_tip.empty() || draft.steps.empty() ||
      draft.steps.front().commit_id != draft.branch_tip) {
    return;
  }
  const std::map<size_t, std::string> holding =
      CommitsOfUnchanged(mirror, draft.branch_tip, draft);
  std::vector<PushAnswer> answers;
  auto step = draft.steps.begin();
  for (; step != draft.steps.end() && step->commit_id == draft.branch_tip; ++step) {
    answers.push_back(
        {step->item, ResultOf(step->plan, holding.at(step->item), false)});
  }
  draft.steps.erase(draft.steps.begin(), step);
  Answer(std::move(answers));
}

absl::Status PushRun::AnswerEarlier(const Mirror& mirror, const std::string& tip) {
  std::vector<PushAnswer> answers;
  for (const Open& open : group().open) {
    for (const std::string& id : open.earlier_commits) {
      ASSIGN_OR_RETURN(const bool taken, IsAncestorIn(mirror.repository(), id, tip));
      if (!taken) continue;
      const absl::StatusOr<TreePtr> root = TreeOfCommit(mirror.repository(), id);
      if (!root.ok()) continue;
      const PushRequest& request = items_[open.item].request;
      PushResult result;
      result.folder =
          FindPushFolder(mirror.repository(), id, request).value_or(request.folder);
      result.commit_id = id;
      result.tree_id = FolderTreeId(mirror.repository(), root->get(), result.folder);
      result.changed = true;
      answers.push_back({open.item, std::move(result)});
      break;
    }
  }
  Answer(std::move(answers));
  return absl::OkStatus();
}

}  // namespace gitsync
