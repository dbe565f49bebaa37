#include "server/git/push_run.h"

#include <algorithm>
#include <random>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/time/clock.h"
#include "server/base/error.h"
#include "server/base/reason.h"
#include "server/base/status_macros.h"
#include "server/git/download.h"
#include "server/git/history.h"
#include "server/git/pack_stream.h"

namespace gitsync {
namespace {

constexpr size_t kMaxFilesInError = 100;
// A ref that refuses this often without having moved is not merely locked.
constexpr int kMaxRefusalsAtOneTip = 4;
// A pack of files up to this size is made before the remote is ready for it.
constexpr size_t kMaxPackInMemory = 4 << 20;

std::vector<git_oid> IdsOf(const std::vector<NewObject>& objects) {
  std::vector<git_oid> ids;
  for (const NewObject& object : objects) ids.push_back(object.id);
  return ids;
}

size_t ContentBytes(const PushRequest& request) {
  size_t bytes = 0;
  for (const auto& [path, content] : request.files) bytes += content.size();
  return bytes;
}

PushResult ResultOf(const PushPlan& plan, std::string commit_id, bool changed) {
  PushResult result;
  result.commit_id = std::move(commit_id);
  result.tree_id = plan.folder_tree_id;
  result.changed = changed;
  result.overwritten_files = plan.overwritten_files;
  result.merged_files = plan.merged_files;
  result.merged = plan.merged;
  return result;
}

class Ending : public PushEnding {
 public:
  Ending(std::unique_ptr<Conversation> conversation, Mirror mirror,
         std::vector<git_oid> objects, std::string branch_ref, std::string commit_id)
      : conversation_(std::move(conversation)),
        mirror_(std::move(mirror)),
        objects_(std::move(objects)),
        branch_ref_(std::move(branch_ref)),
        commit_id_(std::move(commit_id)) {}

  ~Ending() override {
    if (mirror_.Keep(objects_).ok()) mirror_.RememberTip(branch_ref_, commit_id_);
    conversation_->stream().Finish().IgnoreError();
  }

 private:
  const std::unique_ptr<Conversation> conversation_;
  Mirror mirror_;
  const std::vector<git_oid> objects_;
  const std::string branch_ref_;
  const std::string commit_id_;
};

}  // namespace

PushRun::PushRun(const PushSettings& settings, const Repository& repository,
                 const PushRequest& request, const PushHooks& hooks,
                 const Context& context)
    : settings_(settings),
      repository_(repository),
      request_(request),
      hooks_(hooks),
      context_(context),
      branch_ref_(absl::StrCat("refs/heads/", request.branch)),
      earlier_commits_(request.earlier_commits) {}

void PushRun::Phase(GitPhase phase) const {
  if (hooks_.on_phase) hooks_.on_phase(phase);
}

void PushRun::BackOff() const {
  thread_local std::mt19937 random{std::random_device{}()};
  const int most = 20 << std::min(moves_, 6);
  const absl::Time until =
      absl::Now() +
      absl::Milliseconds(std::uniform_int_distribution<>(5, most)(random));
  while (absl::Now() < until && context_.Check().ok()) {
    absl::SleepFor(std::min(until - absl::Now(), absl::Milliseconds(20)));
  }
}

absl::StatusOr<PushResult> PushRun::Run() {
  RETURN_IF_ERROR(CheckPushRequest(request_));
  bool mirror_renewed = false;
  // Each move costs at most two rounds: one that fetches, one that sends.
  for (int round = 0; round < 3 * settings_.max_tries; ++round) {
    RETURN_IF_ERROR(context_.Check());
    if (moves_ >= settings_.max_tries) break;
    Answer answer = Try();
    if (!answer.ok()) {
      if (!IsMirrorFault(answer.status()) || mirror_renewed) return answer.status();
      mirror_renewed = true;
      settings_.mirrors->Drop(repository_.mirror_id);
      continue;
    }
    if (answer->has_value()) return **std::move(answer);
  }
  return Error(absl::StatusCode::kAborted, reason::kRemoteChanged,
               absl::StrCat("Others kept pushing to the branch \"", request_.branch,
                            "\" at the same time; push again."))
      .RetryAfter(absl::Seconds(1));
}

PushRun::Answer PushRun::Try() {
  Phase(GitPhase::kConnecting);
  ASSIGN_OR_RETURN(std::unique_ptr<Conversation> conversation,
                   Conversation::Start(settings_.transport, repository_.remote,
                                       GitService::kReceivePack, context_));
  ASSIGN_OR_RETURN(Mirror mirror, settings_.mirrors->Open(repository_.mirror_id));
  Draft draft = DraftEarly(mirror);
  RETURN_IF_ERROR(conversation->ReadAdvertisement());
  const Advertisement& advertisement = conversation->advertisement();
  const RemoteRef* branch = advertisement.Find(branch_ref_);
  const RemoteRef* start = branch;
  if (branch == nullptr && !request_.base_branch.empty()) {
    start = advertisement.Find(absl::StrCat("refs/heads/", request_.base_branch));
  }
  if (start != nullptr && !mirror.HasCommit(start->id)) {
    // The connection would be idle during a fetch that may take long.
    conversation->Decline().IgnoreError();
    RETURN_IF_ERROR(Fetch(mirror, {start->name}, context_));
    return std::nullopt;
  }
  const std::string start_id = start == nullptr ? "" : start->id;
  if (branch != nullptr) {
    Answer earlier = EarlierResult(mirror, branch->id);
    if (!earlier.ok() || earlier->has_value()) {
      conversation->Decline().IgnoreError();
      return earlier;
    }
  }

  Phase(GitPhase::kCommitting);
  const std::string branch_tip = branch == nullptr ? "" : branch->id;
  if (!draft.planned || draft.branch_tip != branch_tip) {
    draft = {};
    draft.branch_tip = branch_tip;
    draft.start = start_id;
    ASSIGN_OR_RETURN(draft.plan,
                     PlanPush(mirror.Scratch(), start_id, request_, hooks_));
  }
  const PushPlan& plan = draft.plan;
  if (!plan.conflicts.empty()) {
    conversation->Decline().IgnoreError();
    if (!plan.base_is_missing || fetched_all_) return ConflictError(plan.conflicts);
    // A new mirror may lack the folder that ours was made from, if that is on another
    // branch.
    fetched_all_ = true;
    RETURN_IF_ERROR(Fetch(mirror, {}, context_));
    return std::nullopt;
  }
  if (plan.unchanged && branch != nullptr) {
    conversation->Decline().IgnoreError();
    return std::optional<PushResult>(ResultOf(plan, branch->id, /*changed=*/false));
  }
  if (draft.commit_id.empty()) {
    if (const absl::Status written = WriteDraft(mirror, draft); !written.ok()) {
      conversation->Decline().IgnoreError();
      return written;
    }
  }
  return Send(std::move(conversation), std::move(mirror), std::move(draft));
}

PushRun::Draft PushRun::DraftEarly(Mirror& mirror) const {
  Draft draft;
  // The record of an earlier commit is what finds it on the remote: it is not replaced
  // before the remote was looked at.
  if (!earlier_commits_.empty()) return draft;
  draft.branch_tip = draft.start = mirror.SeenTip(branch_ref_);
  if (draft.start.empty() || !mirror.HasCommit(draft.start)) return {};
  absl::StatusOr<PushPlan> plan =
      PlanPush(mirror.Scratch(), draft.start, request_, hooks_);
  if (!plan.ok()) return {};
  draft.plan = *std::move(plan);
  draft.planned = true;
  if (draft.plan.conflicts.empty() && !draft.plan.unchanged &&
      !WriteDraft(mirror, draft).ok()) {
    return {};
  }
  return draft;
}

absl::Status PushRun::WriteDraft(Mirror& mirror, Draft& draft) const {
  const PushPlan& plan = draft.plan;
  draft.objects = plan.new_objects;
  if (plan.unchanged) {
    draft.commit_id = draft.start;  // only the branch is new
  } else {
    ASSIGN_OR_RETURN(const git_oid commit,
                     WriteCommit(mirror.Scratch(), plan.root_tree, draft.start,
                                 request_, settings_.committer));
    draft.objects.push_back({commit, std::nullopt});
    draft.commit_id = OidHex(commit);
  }
  if (ContentBytes(request_) <= kMaxPackInMemory) {
    RETURN_IF_ERROR(WritePack(mirror.repository(), draft.objects, /*thin=*/true,
                              [&](absl::string_view bytes) {
                                absl::StrAppend(&draft.pack, bytes);
                                return absl::OkStatus();
                              }));
  }
  if (!hooks_.record_intent) return absl::OkStatus();
  return hooks_.record_intent({.base_commit_id = draft.branch_tip,
                               .commit_id = draft.commit_id,
                               .tree_id = plan.folder_tree_id,
                               .merged = !plan.merged_files.empty()});
}

PushRun::Answer PushRun::Send(std::unique_ptr<Conversation> conversation, Mirror mirror,
                              Draft draft) {
  PushResult result = ResultOf(draft.plan, draft.commit_id, /*changed=*/true);
  const std::string old_id =
      draft.branch_tip.empty() ? std::string(kZeroId) : draft.branch_tip;
  const bool thin = !conversation->advertisement().Can("no-thin");
  Phase(GitPhase::kPushing);
  const SendResult sent =
      SendPack(*conversation, {old_id, result.commit_id, branch_ref_}, settings_.agent,
               [&](PackSink sink) {
                 if (thin && !draft.pack.empty()) return sink(draft.pack);
                 return WritePack(mirror.repository(), draft.objects, thin, sink);
               });
  switch (sent.outcome) {
    case SendOutcome::kAccepted:
      result.ending =
          std::make_shared<Ending>(std::move(conversation), std::move(mirror),
                                   IdsOf(draft.objects), branch_ref_, result.commit_id);
      return std::optional<PushResult>(std::move(result));
    case SendOutcome::kMoved:
      ++moves_;
      moves_at_tip_ = old_id == moved_tip_ ? moves_at_tip_ + 1 : 1;
      moved_tip_ = old_id;
      if (moves_at_tip_ < kMaxRefusalsAtOneTip) {
        BackOff();
        return std::nullopt;
      }
      [[fallthrough]];
    case SendOutcome::kRejected:
      return Error(absl::StatusCode::kFailedPrecondition, reason::kRemoteRejected,
                   absl::StrCat("The remote refused the push: ", sent.remote_words))
          .With("remote_message", sent.remote_words);
    case SendOutcome::kNotSent:
      // Nothing can have happened there, so once more does no harm.
      if (sent.error.code() == absl::StatusCode::kUnavailable && !sent_again_) {
        sent_again_ = true;
        return std::nullopt;
      }
      return sent.error;
    case SendOutcome::kUnknown:
      earlier_commits_.push_back(result.commit_id);
      return Confirm(mirror, IdsOf(draft.objects), result, old_id, sent.error);
  }
  return InternalError("a push had no outcome");
}

// The ref tells what happened, if it says anything at all:
//   - it is at our commit, or at one made on top of it: the push went well.
//   - it is somewhere else: the remote takes our update only at `old_id`, so it did not
//     take it, and can't take it any more. Going on from the top is safe.
//   - it is still at `old_id`: the remote may have the pack and be about to move the
//   ref
//     (a slow hook, say). Nobody can tell, so the caller gets OUTCOME_UNKNOWN; a later
//     run that has this commit among `earlier_commits` finds out, and the compare-and-
//     swap lets only one of the two through in any case.
PushRun::Answer PushRun::Confirm(Mirror& mirror, const std::vector<git_oid>& objects,
                                 const PushResult& pushed, const std::string& old_id,
                                 const absl::Status& cause) {
  // Whoever finds out later what became of it wants what was sent, but a mirror that
  // can't take it does not make the outcome any more certain.
  mirror.Keep(objects).IgnoreError();
  Context own;
  own.deadline = absl::Now() + settings_.confirm_budget;
  for (const absl::Duration wait : {absl::ZeroDuration(), settings_.confirm_budget / 20,
                                    settings_.confirm_budget / 5}) {
    absl::SleepFor(wait);
    const auto conversation = Conversation::Open(
        settings_.transport, repository_.remote, GitService::kUploadPack, own);
    if (!conversation.ok()) continue;
    const RemoteRef* branch = (*conversation)->advertisement().Find(branch_ref_);
    const std::string tip = branch == nullptr ? std::string(kZeroId) : branch->id;
    if (tip == old_id) {
      (*conversation)->Decline().IgnoreError();
      continue;
    }
    if (tip == pushed.commit_id) {
      (*conversation)->Decline().IgnoreError();
      mirror.RememberTip(branch_ref_, tip);
      return std::optional<PushResult>(pushed);
    }
    if (branch != nullptr) {
      const absl::Status fetched = Download(
          **conversation, mirror, {branch}, settings_.agent, [] {}, own);
      if (!fetched.ok()) continue;
      const absl::StatusOr<bool> taken =
          IsAncestorIn(mirror.repository(), pushed.commit_id, tip);
      if (!taken.ok()) continue;
      if (*taken) return std::optional<PushResult>(pushed);
    }
    ++moves_;
    return std::nullopt;
  }
  const absl::StatusCode code = cause.code() == absl::StatusCode::kDeadlineExceeded
                                    ? absl::StatusCode::kDeadlineExceeded
                                    : absl::StatusCode::kUnavailable;
  return Error(code, reason::kOutcomeUnknown,
               "The connection to the remote broke after everything was sent, and it "
               "is not known whether the remote has taken it. Repeat the request with "
               "the same request id: it finds out, and pushes nothing twice.")
      .With("commit_id", pushed.commit_id);
}

absl::Status PushRun::Fetch(const Mirror& mirror, const std::vector<std::string>& names,
                            const Context& context) {
  ASSIGN_OR_RETURN(const std::unique_ptr<Conversation> conversation,
                   Conversation::Open(settings_.transport, repository_.remote,
                                      GitService::kUploadPack, context));
  std::vector<const RemoteRef*> refs;
  for (const RemoteRef& ref : conversation->advertisement().refs) {
    const bool named = std::find(names.begin(), names.end(), ref.name) != names.end();
    if (named || (names.empty() && IsBranchOrTag(ref))) refs.push_back(&ref);
  }
  return Download(
      *conversation, mirror, refs, settings_.agent,
      [this] { Phase(GitPhase::kFetching); }, context);
}

PushRun::Answer PushRun::EarlierResult(const Mirror& mirror, const std::string& tip) {
  for (const std::string& id : earlier_commits_) {
    ASSIGN_OR_RETURN(const bool taken, IsAncestorIn(mirror.repository(), id, tip));
    if (!taken) continue;
    const absl::StatusOr<TreePtr> root = TreeOfCommit(mirror.repository(), id);
    if (!root.ok()) continue;
    const auto folder = FindFolder(mirror.repository(), root->get(), request_.folder);
    PushResult result;
    result.commit_id = id;
    if (folder.ok() && folder->has_value()) result.tree_id = OidHex(**folder);
    result.changed = true;
    return std::optional<PushResult>(std::move(result));
  }
  return std::nullopt;
}

absl::Status PushRun::ConflictError(const std::vector<std::string>& files) const {
  const std::vector<std::string> listed(
      files.begin(), files.begin() + std::min(files.size(), kMaxFilesInError));
  return Error(absl::StatusCode::kAborted, reason::kAppConflict,
               absl::StrCat("Others changed the same files of \"", request_.folder,
                            "\" in the repository: ", absl::StrJoin(listed, ", "),
                            ". Pull first, or push with force to overwrite them."))
      .With("files", absl::StrJoin(listed, "\n"));
}

}  // namespace gitsync
