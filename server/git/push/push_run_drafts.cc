// What a run sends, and what it builds that on: plans, commits, the pack.

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "server/base/fail_point/fail_point.h"
#include "server/base/status_macros.h"
#include "server/git/mirror/fetch.h"
#include "server/git/pack/pack_stream.h"
#include "server/git/push/push_run.h"

namespace gitsync {
namespace {

// A pack of files up to this size is made before the remote is ready for it.
constexpr size_t kMaxPackInMemory = 4 << 20;

size_t ContentBytes(const PushRequest& request) {
  size_t bytes = 0;
  for (const auto& [path, content] : request.files) bytes += content.size();
  return bytes;
}

}  // namespace

std::optional<PushRun::Draft> PushRun::DraftEarly(Mirror& mirror) const {
  Draft draft;
  draft.branch_tip = draft.start = mirror.SeenTip(branch_ref_);
  if (draft.start.empty() || !mirror.HasCommit(draft.start)) return std::nullopt;
  for (const Open& open : groups_.back().open) {
    // The record of an earlier commit is what finds it on the remote: it is not
    // replaced before the remote was looked at.
    if (!open.earlier_commits.empty()) return std::nullopt;
    absl::StatusOr<Step> step = PlanStep(mirror, draft, open.item);
    if (!step.ok() || !step->plan.conflicts.empty()) return std::nullopt;
    Add(*std::move(step), draft);
  }
  if (!Seal(mirror, draft).ok()) return std::nullopt;
  return draft;
}

absl::StatusOr<std::optional<PushRun::Draft>> PushRun::DraftNow(
    Mirror& mirror, const std::string& tip, const std::string& start) {
  Draft draft;
  draft.branch_tip = tip;
  draft.start = start;
  std::vector<PushAnswer> answers;
  for (const Open& open : group().open) {
    absl::StatusOr<Step> step = PlanStep(mirror, draft, open.item);
    if (!step.ok()) {
      if (IsMirrorFault(step.status())) return step.status();
      answers.push_back({open.item, step.status()});
    } else if (step->plan.conflicts.empty()) {
      Add(*std::move(step), draft);
    } else if (step->plan.base_is_missing && !fetched_all_) {
      return std::nullopt;
    } else {
      answers.push_back({open.item, ConflictError(step->plan)});
    }
  }
  Answer(std::move(answers));
  RETURN_IF_ERROR(Seal(mirror, draft));
  return std::optional<Draft>(std::move(draft));
}

absl::StatusOr<PushRun::Step> PushRun::PlanStep(Mirror& mirror, const Draft& draft,
                                                size_t item) const {
  Step step;
  step.item = item;
  step.parent_id = draft.steps.empty() ? draft.start : draft.tip();
  ASSIGN_OR_RETURN(step.plan, PlanPush(mirror.Scratch(), step.parent_id, items_[item]));
  if (!step.plan.conflicts.empty()) return step;
  if (step.plan.unchanged) {
    step.commit_id = step.parent_id;
    step.adds = draft.branch_tip.empty() && draft.steps.empty();
    return step;
  }
  ASSIGN_OR_RETURN(const git_oid commit,
                   WriteCommit(mirror.Scratch(), step.plan.root_tree, step.parent_id,
                               items_[item].request, settings_.committer));
  step.plan.new_objects.push_back({commit, std::nullopt});
  step.commit_id = OidHex(commit);
  step.adds = true;
  return step;
}

void PushRun::Add(Step step, Draft& draft) const {
  for (const NewObject& object : step.plan.new_objects) {
    // Two apps may bring the same file.
    if (draft.ids.insert(object.id).second) draft.objects.push_back(object);
  }
  step.plan.new_objects.clear();
  draft.steps.push_back(std::move(step));
}

absl::Status PushRun::Seal(Mirror& mirror, Draft& draft) const {
  std::vector<PushIntentInfo> intents;
  size_t bytes = 0;
  for (const Step& step : draft.steps) {
    bytes += ContentBytes(items_[step.item].request);
    if (!step.adds) continue;
    intents.push_back({.base_commit_id = draft.branch_tip.empty() && step.plan.unchanged
                                             ? ""
                                             : step.parent_id,
                       .commit_id = step.commit_id,
                       .folder = step.plan.folder,
                       .tree_id = step.plan.folder_tree_id,
                       .merged = !step.plan.merged_files.empty(),
                       .item = step.item});
  }
  if (intents.empty()) return absl::OkStatus();
  if (bytes <= kMaxPackInMemory) {
    RETURN_IF_ERROR(WritePack(mirror.repository(), draft.objects, /*thin=*/true,
                              [&](absl::string_view piece) {
                                absl::StrAppend(&draft.pack, piece);
                                return absl::OkStatus();
                              }));
  }
  RETURN_IF_ERROR(FailPoint("push/planned"));
  if (hooks_.record_intents) {
    RETURN_IF_ERROR(hooks_.record_intents(intents));
  }
  return FailPoint("push/intent_recorded");
}

const RemoteRef* PushRun::StartOfNewBranch(const Advertisement& advertisement) const {
  for (const std::string& name :
       {items_.front().request.base_branch, default_branch_}) {
    const RemoteRef* const ref = advertisement.Find(absl::StrCat("refs/heads/", name));
    if (ref != nullptr) return ref;
  }
  return nullptr;
}

// A commit without a parent, in a repository that has others, could not be merged with
// them by any host.
absl::Status PushRun::FindDefaultBranch(const Mirror& mirror) {
  ASSIGN_OR_RETURN(const std::unique_ptr<Conversation> conversation,
                   Conversation::Open(settings_.transport, repository_.remote,
                                      GitService::kUploadPack, context_));
  const Advertisement& advertisement = conversation->advertisement();
  const RemoteBranches branches = advertisement.Branches();
  const bool was_there =
      std::any_of(items_.begin(), items_.end(),
                  [](const PushItem& item) { return item.request.base_was_there; });
  const RemoteRef* const ref =
      advertisement.Find(absl::StrCat("refs/heads/", branches.default_name));
  if (was_there || ref == nullptr) {
    conversation->Decline().IgnoreError();
    const PushRequest& request = items_.front().request;
    return BranchMissing(
        request.base_branch.empty() ? request.branch : request.base_branch, branches);
  }
  default_branch_ = branches.default_name;
  return FetchRefs(
      *conversation, mirror, {ref}, settings_.agent,
      [this] { Phase(GitPhase::kFetching); }, context_);
}

}  // namespace gitsync
