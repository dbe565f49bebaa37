#include "server/git/transport/circuits.h"

#include <algorithm>
#include <iterator>
#include <utility>

#include "absl/strings/str_cat.h"
#include "server/base/error.h"
#include "server/base/logging.h"
#include "server/base/reason.h"
#include "server/git/transport/next_try.h"

namespace gitsync {
namespace {

absl::Status Paused(const Circuits::Pause& pause, absl::Time now) {
  const std::string next_try = NextTryText(pause.next_try);
  return Error(absl::StatusCode::kUnavailable, reason::kRemotePaused,
               absl::StrCat("The git remote failed ", pause.failures,
                            " times in a row and is left alone until ", next_try,
                            ". Last it was: ", pause.reason,
                            " Once that is mended, TestGitConnection ends the pause."))
      .With(kNextTryTime, next_try)
      .With("failures", absl::StrCat(pause.failures))
      .RetryAfter(std::max(pause.next_try - now, absl::ZeroDuration()));
}

bool SameCall(const std::weak_ptr<Cancellation>& a,
              const std::weak_ptr<Cancellation>& b) {
  return !a.owner_before(b) && !b.owner_before(a);
}

}  // namespace

Circuits::Circuits(const Clock* clock, const Options& options)
    : clock_(clock), options_(options) {}

absl::StatusOr<std::unique_ptr<Circuits::Try>> Circuits::Begin(
    const std::string& circuit, bool in_any_case) {
  bool trial = false;
  {
    absl::MutexLock lock(&mutex_);
    const std::optional<Pause> pause = FindPause(circuit);
    if (pause.has_value() && !in_any_case) return Paused(*pause, clock_->Now());
    const auto found = circuits_.find(circuit);
    if (found != circuits_.end() && found->second.open && !found->second.trial) {
      found->second.trial = trial = true;
    }
  }
  return std::make_unique<Try>(this, circuit, trial);
}

absl::Status Circuits::Check(const std::string& circuit) const {
  absl::MutexLock lock(&mutex_);
  const std::optional<Pause> pause = FindPause(circuit);
  return pause.has_value() ? Paused(*pause, clock_->Now()) : absl::OkStatus();
}

std::optional<Circuits::Pause> Circuits::PauseOf(const std::string& circuit) const {
  absl::MutexLock lock(&mutex_);
  return FindPause(circuit);
}

std::optional<Circuits::Pause> Circuits::FindPause(const std::string& circuit) const {
  const auto found = circuits_.find(circuit);
  if (found == circuits_.end() || !found->second.open) return std::nullopt;
  const absl::Time now = clock_->Now();
  Pause pause{found->second.reason, found->second.failures, found->second.next_try};
  if (found->second.trial) {
    pause.next_try = std::max(pause.next_try, now + kTrialWait);
  }
  if (pause.next_try <= now) return std::nullopt;
  return pause;
}

void Circuits::Answered(Try& one) {
  absl::MutexLock lock(&mutex_);
  const auto found = circuits_.find(one.circuit_);
  if (found == circuits_.end()) return;
  // The failures are kept: should it fail after all, the next pause begins.
  found->second.open = false;
  found->second.trial = false;
  one.trial_ = false;
}

void Circuits::Failed(Try& one, const absl::Status& error, const Context& call) {
  absl::MutexLock lock(&mutex_);
  const absl::Time now = clock_->Now();
  ForgetOld(now);
  Circuit& circuit = circuits_[one.circuit_];
  circuit.reason = std::string(error.message());
  circuit.last_failure = now;
  const std::weak_ptr<Cancellation> this_call = call.cancellation;
  if (circuit.failures == 0 || !SameCall(circuit.last_call, this_call)) {
    ++circuit.failures;
  }
  circuit.last_call = this_call;
  const bool was_trial = std::exchange(one.trial_, false);
  if (was_trial) circuit.trial = false;
  if (circuit.failures < options_.most_failures) return;
  // Calls that were let through before the pause began, or in spite of it, don't make
  // it longer.
  if (circuit.open && (!was_trial || now < circuit.next_try)) return;
  Open(circuit, now);
  Log(LogLevel::kWarning, "git remote is left alone",
      {{"circuit", one.circuit_},
       {"failures", circuit.failures},
       {kNextTryTime, NextTryText(circuit.next_try)},
       {"error", error}});
}

void Circuits::Open(Circuit& circuit, absl::Time now) {
  absl::Duration pause = options_.first_pause;
  for (int i = 0; i < circuit.pauses && pause < options_.longest_pause; ++i) pause *= 2;
  pause = std::min(pause, options_.longest_pause);
  std::uniform_real_distribution<> share(1 - options_.jitter, 1 + options_.jitter);
  circuit.open = true;
  circuit.next_try = now + pause * share(random_);
  ++circuit.pauses;
}

void Circuits::Worked(Try& one) {
  absl::MutexLock lock(&mutex_);
  const auto found = circuits_.find(one.circuit_);
  if (found == circuits_.end()) return;
  if (found->second.pauses > 0) {
    Log(LogLevel::kInfo, "git remote works again", {{"circuit", one.circuit_}});
  }
  circuits_.erase(found);
}

void Circuits::EndTrial(Try& one) {
  if (!one.trial_) return;
  absl::MutexLock lock(&mutex_);
  const auto found = circuits_.find(one.circuit_);
  // It told nothing: the next call is the trial.
  if (found != circuits_.end()) found->second.trial = false;
}

void Circuits::ForgetOld(absl::Time now) {
  const absl::Time old = now - 2 * options_.longest_pause;
  for (auto at = circuits_.begin(); at != circuits_.end();) {
    const bool forgotten = at->second.last_failure < old && !at->second.trial;
    at = forgotten ? circuits_.erase(at) : std::next(at);
  }
}

}  // namespace gitsync
