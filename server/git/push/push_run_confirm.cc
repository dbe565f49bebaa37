// How a run finds out what became of a push that got no report of git's.

#include <algorithm>
#include <utility>

#include "absl/time/clock.h"
#include "server/base/error.h"
#include "server/base/fail_point/fail_point.h"
#include "server/base/reason.h"
#include "server/base/steady_clock.h"
#include "server/git/mirror/fetch.h"
#include "server/git/object/history.h"
#include "server/git/push/push_run.h"

namespace gitsync {
namespace {

absl::Status OutcomeUnknown(const absl::Status& cause, const std::string& commit_id) {
  const absl::StatusCode code = cause.code() == absl::StatusCode::kDeadlineExceeded
                                    ? absl::StatusCode::kDeadlineExceeded
                                    : absl::StatusCode::kUnavailable;
  return Error(
             code, reason::kOutcomeUnknown,
             "Everything was sent, but no report of git's came back, and it is not "
             "known whether the remote has taken it. Repeat the request with the same "
             "request id: it finds out, and pushes nothing twice.")
      .With("commit_id", commit_id)
      .With("cause", cause.message());
}

}  // namespace

void PushRun::RememberSent(const Draft& draft) {
  for (Open& open : group().open) {
    for (const Step& step : draft.steps) {
      // A new branch without a commit of its own begins at one that others have too.
      if (step.item == open.item && step.adds && step.commit_id != step.parent_id) {
        open.earlier_commits.push_back(step.commit_id);
      }
    }
  }
}

// The ref tells what happened, if it says anything at all:
//   - it is at our commit, or at one made on top of it: the push went well.
//   - it is somewhere else: the remote takes our update only at `branch_tip`, so it did
//     not take it, and can't take it any more. Going on from the top is safe.
//   - it is still at `branch_tip`: the remote may have the pack and be about to move
//     the ref (a slow hook, say). Nobody can tell, so the callers get OUTCOME_UNKNOWN;
//     a later run that has this commit among `earlier_commits` finds out, and the
//     compare-and-swap lets only one of the two through in any case.
//     Only if the push was refused in so many words, nothing is about to happen: the
//     refusal stands. So it does if reading the ref is refused for the same reason: the
//     remote does not know this login any more, or has no such repository.
bool PushRun::Confirm(Mirror& mirror, const Draft& draft, const SendResult& sent) {
  const bool refused = sent.outcome == SendOutcome::kRefused;
  // Whoever finds out later what became of it wants what was sent, but a mirror that
  // can't take it does not make the outcome any more certain.
  mirror.Keep(draft.objects).IgnoreError();
  FailPoint("push/confirming").IgnoreError();
  Context own;
  own.deadline = SteadyNow() + settings_.confirm_budget;
  Remote remote = repository_.remote;
  remote.settles = true;
  for (const absl::Duration wait : {absl::ZeroDuration(), settings_.confirm_budget / 20,
                                    settings_.confirm_budget / 5}) {
    absl::SleepFor(wait);
    absl::Status error;
    switch (LookForDraft(mirror, draft, remote, own, &error)) {
      case Trace::kTaken:
        AnswerTaken(mirror, draft);
        return true;
      case Trace::kOvertaken:
        ++group().moves;
        return true;
      case Trace::kNone:
        if (refused) return false;
        break;
      case Trace::kUnread:
        // A remote that asks for patience says nothing of what was sent.
        if (refused && ReasonOf(error) == ReasonOf(sent.error) &&
            ReasonOf(error) != reason::kRemoteRateLimited) {
          return false;
        }
        // The answer to a look counts, unlike the answer to the push. For good: a pause
        // that keeps the next look from being made is no answer.
        if (ReasonOf(error) == reason::kRemoteRateLimited ||
            ReasonOf(error) == reason::kRemoteAuthFailed) {
          remote.settles = false;
        }
        break;
    }
  }
  std::vector<PushAnswer> answers;
  for (const Step& step : draft.steps) {
    // What would have changed nothing is looked at again.
    if (!step.adds) continue;
    answers.push_back({step.item, OutcomeUnknown(sent.error, step.commit_id)});
  }
  Answer(std::move(answers));
  return true;
}

PushRun::Trace PushRun::LookForDraft(Mirror& mirror, const Draft& draft,
                                     const Remote& remote, const Context& context,
                                     absl::Status* error) const {
  const auto conversation =
      Conversation::Open(settings_.transport, remote, GitService::kUploadPack, context);
  if (!conversation.ok()) {
    *error = conversation.status();
    return Trace::kUnread;
  }
  const RemoteRef* branch = (*conversation)->advertisement().Find(branch_ref_);
  const std::string tip = branch == nullptr ? "" : branch->id;
  if (tip == draft.branch_tip || tip == draft.tip() || branch == nullptr) {
    (*conversation)->Decline().IgnoreError();
    if (tip == draft.branch_tip) return Trace::kNone;
    if (branch == nullptr) return Trace::kOvertaken;
    mirror.RememberTip(branch_ref_, tip);
    return Trace::kTaken;
  }
  *error = FetchRefs(**conversation, mirror, {branch}, settings_.agent, [] {}, context);
  if (!error->ok()) return Trace::kUnread;
  const absl::StatusOr<bool> taken =
      IsAncestorIn(mirror.repository(), draft.tip(), tip);
  if (!taken.ok()) {
    *error = taken.status();
    return Trace::kUnread;
  }
  return *taken ? Trace::kTaken : Trace::kOvertaken;
}

}  // namespace gitsync
