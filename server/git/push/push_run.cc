#include "server/git/push/push_run.h"

#include <algorithm>
#include <iterator>
#include <random>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "server/base/error.h"
#include "server/base/fail_point/fail_point.h"
#include "server/base/reason.h"
#include "server/base/status_macros.h"
#include "server/base/steady_clock.h"
#include "server/git/mirror/fetch.h"
#include "server/git/object/history.h"
#include "server/git/pack/pack_stream.h"

namespace gitsync {
namespace {

// A ref that refuses this often without having moved is not merely locked.
constexpr int kMaxRefusalsAtOneTip = 4;
// How long a worker that has answered gets ready for the next push.
constexpr absl::Duration kReadyLimit = absl::Seconds(2);

absl::Status RemoteChanged(const std::string& branch) {
  return Error(absl::StatusCode::kAborted, reason::kRemoteChanged,
               absl::StrCat("Others kept pushing to the branch \"", branch,
                            "\" at the same time; push again."))
      .RetryAfter(absl::Seconds(1));
}

}  // namespace

PushRun::PushRun(const PushSettings& settings, const Repository& repository,
                 const std::vector<PushItem>& items, const PushHooks& hooks,
                 const Context& context)
    : settings_(settings),
      repository_(repository),
      items_(items),
      hooks_(hooks),
      context_(context),
      branch_ref_(absl::StrCat("refs/heads/", items.front().request.branch)),
      one_of_many_(settings.capabilities->Find(repository.mirror_id).has_value()) {
  Group& all = groups_.emplace_back();
  for (size_t i = 0; i < items.size(); ++i) {
    all.open.push_back({i, items[i].request.earlier_commits});
  }
}

void PushRun::Phase(GitPhase phase) const {
  for (const Open& open : groups_.back().open) {
    if (items_[open.item].on_phase) items_[open.item].on_phase(phase);
  }
}

void PushRun::BackOff() const {
  thread_local std::mt19937 random{std::random_device{}()};
  const int most = 20 << std::min(groups_.back().moves, 6);
  const absl::Time until =
      SteadyNow() +
      absl::Milliseconds(std::uniform_int_distribution<>(5, most)(random));
  while (SteadyNow() < until && context_.Check().ok()) {
    absl::SleepFor(std::min(until - SteadyNow(), absl::Milliseconds(20)));
  }
}

void PushRun::Run(StartedConversation start) {
  std::vector<PushAnswer> unfit;
  for (size_t i = 0; i < items_.size(); ++i) {
    const absl::Status fit = CheckPushRequest(items_[i].request);
    if (!fit.ok()) unfit.push_back({i, fit});
  }
  Answer(std::move(unfit));
  bool started = true;
  while (!groups_.empty()) {
    if (group().open.empty()) {
      groups_.pop_back();
      continue;
    }
    // Each move costs at most two rounds: one that fetches, one that sends.
    if (group().moves >= settings_.max_tries ||
        group().rounds++ >= 3 * settings_.max_tries) {
      FailGroup(RemoteChanged(items_.front().request.branch));
      continue;
    }
    absl::Status status;
    if (std::exchange(started, false)) {
      absl::StatusOr<std::unique_ptr<Conversation>> conversation = start.Take();
      status =
          conversation.ok() ? Try(*std::move(conversation)) : conversation.status();
    } else {
      status = context_.Check();
      if (status.ok()) status = Try(nullptr);
    }
    if (!status.ok() && IsMirrorFault(status) && !mirror_renewed_) {
      mirror_renewed_ = true;
      settings_.mirrors->Drop(repository_.mirror_id);
      continue;
    }
    if (!status.ok()) Fail(status);
  }
  if (one_of_many_ && taken_) {
    settings_.transport->GetReady(repository_.remote,
                                  context_.WithDeadline(SteadyNow() + kReadyLimit));
  }
}

PushRun::StartedConversation::~StartedConversation() {
  if (conversation_.ok() && *conversation_ != nullptr) {
    (*conversation_)->Decline().IgnoreError();
  }
}

absl::StatusOr<std::unique_ptr<Conversation>> PushRun::Start(
    const PushSettings& settings, const Repository& repository,
    const Context& context) {
  if (auto capabilities = settings.capabilities->Find(repository.mirror_id)) {
    ASSIGN_OR_RETURN(std::unique_ptr<Conversation> conversation,
                     Conversation::StartUnasked(settings.transport, repository.remote,
                                                *std::move(capabilities), context));
    if (conversation != nullptr) return conversation;
  }
  return Conversation::Start(settings.transport, repository.remote,
                             GitService::kReceivePack, context);
}

absl::StatusOr<std::unique_ptr<Conversation>> PushRun::StartAsking() const {
  Phase(GitPhase::kConnecting);
  return Conversation::Start(settings_.transport, repository_.remote,
                             GitService::kReceivePack, context_);
}

absl::StatusOr<bool> PushRun::TryUnasked(std::unique_ptr<Conversation> conversation) {
  ASSIGN_OR_RETURN(Mirror mirror, settings_.mirrors->Open(repository_.mirror_id));
  const std::optional<Draft> draft = DraftEarly(mirror);
  if (!draft.has_value() || draft->pack.empty() ||
      draft->steps.front().commit_id == draft->branch_tip ||
      !BeganAt(*conversation, draft->branch_tip) || !Claim(*draft)) {
    conversation->Decline().IgnoreError();
    return false;
  }
  RETURN_IF_ERROR(Send(std::move(conversation), std::move(mirror), *draft));
  return true;
}

bool PushRun::BeganAt(Conversation& conversation, const std::string& tip) const {
  if (!conversation.advertises()) return true;
  if (!conversation.ReadAdvertisement().ok()) return false;
  const RemoteRef* branch = conversation.advertisement().Find(branch_ref_);
  return branch != nullptr && branch->id == tip;
}

absl::Status PushRun::Try(std::unique_ptr<Conversation> conversation) {
  if (conversation != nullptr && conversation->unasked()) {
    ASSIGN_OR_RETURN(const bool sent, TryUnasked(std::move(conversation)));
    if (sent) return absl::OkStatus();
  }
  if (conversation == nullptr) {
    ASSIGN_OR_RETURN(conversation, StartAsking());
  }
  ASSIGN_OR_RETURN(Mirror mirror, settings_.mirrors->Open(repository_.mirror_id));
  std::optional<Draft> draft = DraftEarly(mirror);
  RETURN_IF_ERROR(conversation->ReadAdvertisement());
  const Advertisement& advertisement = conversation->advertisement();
  settings_.capabilities->Remember(repository_.mirror_id, advertisement.capabilities);
  const RemoteRef* branch = advertisement.Find(branch_ref_);
  const RemoteRef* const start =
      branch == nullptr ? StartOfNewBranch(advertisement) : branch;
  if (start == nullptr && !advertisement.Branches().empty()) {
    conversation->Decline().IgnoreError();
    return FindDefaultBranch(mirror);
  }
  if (start != nullptr && !mirror.HasCommit(start->id)) {
    // The connection would be idle during a fetch that may take long.
    conversation->Decline().IgnoreError();
    return Fetch(mirror, {start->name}, context_);
  }
  const std::string branch_tip = branch == nullptr ? "" : branch->id;
  const std::string start_id = start == nullptr ? "" : start->id;
  if (branch != nullptr) {
    RETURN_IF_ERROR(AnswerEarlier(mirror, branch->id));
  }

  Phase(GitPhase::kCommitting);
  if (draft.has_value() && draft->branch_tip != branch_tip) draft.reset();
  while (!group().open.empty()) {
    if (!draft.has_value()) {
      auto drafted = DraftNow(mirror, branch_tip, start_id);
      if (!drafted.ok() || !drafted->has_value()) {
        conversation->Decline().IgnoreError();
        if (!drafted.ok()) return drafted.status();
        // A new mirror may lack the folder that ours was made from, if that is on
        // another branch.
        fetched_all_ = true;
        return Fetch(mirror, {}, context_);
      }
      draft = *std::move(drafted);
    }
    AnswerUnchanged(mirror, *draft);
    if (draft->steps.empty()) break;
    if (Claim(*draft)) return Send(std::move(conversation), std::move(mirror), *draft);
    draft.reset();
  }
  conversation->Decline().IgnoreError();
  return absl::OkStatus();
}

bool PushRun::Claim(const Draft& draft) {
  bool all = true;
  for (const Step& step : draft.steps) {
    const PushItem& item = items_[step.item];
    if (!item.claim || item.claim()) continue;
    all = false;
    std::vector<Open>& open = group().open;
    open.erase(std::find_if(open.begin(), open.end(), [&step](const Open& one) {
      return one.item == step.item;
    }));
  }
  return all;
}

absl::Status PushRun::Send(std::unique_ptr<Conversation> conversation, Mirror mirror,
                           const Draft& draft) {
  const std::string old_id =
      draft.branch_tip.empty() ? std::string(kZeroId) : draft.branch_tip;
  const bool thin = !conversation->advertisement().Can("no-thin");
  Phase(GitPhase::kPushing);
  RETURN_IF_ERROR(FailPoint("push/sending"));
  SendResult sent =
      SendPack(*conversation, {old_id, draft.tip(), branch_ref_}, settings_.agent,
               [&](PackSink sink) {
                 if (thin && !draft.pack.empty()) return sink(draft.pack);
                 return WritePack(mirror.repository(), draft.objects, thin, sink);
               });
  if (sent.outcome != SendOutcome::kAccepted) RememberSent(draft);
  if (sent.outcome == SendOutcome::kUnknown || sent.outcome == SendOutcome::kRefused) {
    if (Confirm(mirror, draft, sent)) return absl::OkStatus();
    sent.outcome = SendOutcome::kNotSent;
  }
  if (conversation->unasked() && sent.outcome != SendOutcome::kAccepted) {
    // Nothing was changed, and the remote may take it once it was asked.
    if (sent.outcome != SendOutcome::kNotSent) return absl::OkStatus();
    const std::string why = ReasonOf(sent.error);
    if (why == reason::kRemoteRateLimited) return sent.error;
    if (why == reason::kRemoteRejected || why == reason::kRemoteProtocolError ||
        why == reason::kRemoteRepositoryNotFound) {
      settings_.capabilities->Distrust(repository_.mirror_id);
    }
    return absl::OkStatus();
  }
  Group& sending = group();
  switch (sent.outcome) {
    case SendOutcome::kAccepted:
      settings_.capabilities->Remember(repository_.mirror_id,
                                       conversation->advertisement().capabilities);
      FailPoint("push/reported").IgnoreError();
      AnswerTaken(mirror, draft);
      if (FailPoint("push/keeping").ok() && mirror.Keep(draft.objects).ok() &&
          FailPoint("push/kept").ok()) {
        mirror.RememberTip(branch_ref_, draft.tip());
      }
      conversation->stream().Finish().IgnoreError();
      taken_ = true;
      return absl::OkStatus();
    case SendOutcome::kMoved:
      ++sending.moves;
      sending.moves_at_tip = old_id == sending.moved_tip ? sending.moves_at_tip + 1 : 1;
      sending.moved_tip = old_id;
      if (sending.moves_at_tip < kMaxRefusalsAtOneTip) {
        BackOff();
        return absl::OkStatus();
      }
      [[fallthrough]];
    case SendOutcome::kRejected:
      if (sending.open.size() > 1) {
        Split();
        return absl::OkStatus();
      }
      FailGroup(Error(absl::StatusCode::kFailedPrecondition, reason::kRemoteRejected,
                      absl::StrCat("The remote refused the push: ", sent.remote_words))
                    .With("remote_message", sent.remote_words));
      return absl::OkStatus();
    case SendOutcome::kNotSent:
      // Nothing can have happened there, so once more does no harm.
      if (sent.error.code() == absl::StatusCode::kUnavailable && !sending.sent_again) {
        sending.sent_again = true;
        return absl::OkStatus();
      }
      // Too large together, perhaps.
      if (sending.open.size() > 1 && ReasonOf(sent.error) == reason::kRemoteRejected) {
        Split();
        return absl::OkStatus();
      }
      return sent.error;
    case SendOutcome::kRefused:
    case SendOutcome::kUnknown:
      break;
  }
  return InternalError("a push had no outcome");
}

void PushRun::Split() {
  Group first;
  // A lock that stays is not waited for again and again.
  first.moved_tip = group().moved_tip;
  first.moves_at_tip = std::max(0, group().moves_at_tip - 1);
  std::vector<Open>& open = group().open;
  const auto middle = open.begin() + static_cast<std::ptrdiff_t>(open.size() / 2);
  first.open.assign(std::make_move_iterator(open.begin()),
                    std::make_move_iterator(middle));
  Group second;
  second.moved_tip = first.moved_tip;
  second.moves_at_tip = first.moves_at_tip;
  second.open.assign(std::make_move_iterator(middle),
                     std::make_move_iterator(open.end()));
  groups_.back() = std::move(second);
  groups_.push_back(std::move(first));
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
  return FetchRefs(
      *conversation, mirror, refs, settings_.agent,
      [this] { Phase(GitPhase::kFetching); }, context);
}

}  // namespace gitsync
