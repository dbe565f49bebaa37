#include "server/git/transport/login_gate.h"

#include <algorithm>

#include "server/base/error.h"
#include "server/base/logging.h"
#include "server/base/reason.h"
#include "server/base/status_macros.h"
#include "server/base/steady_clock.h"
#include "server/git/transport/next_try.h"
#include "server/net/wait.h"

namespace gitsync {
namespace {

// How long before its deadline a caller is told that its turn does not come: it is to
// hear that from us.
constexpr absl::Duration kAnswerTime = absl::Seconds(1);
// How soon one that waits notices what nobody signals.
constexpr absl::Duration kLookAgain = absl::Milliseconds(50);
// A host that has let nobody log in for so long may have stopped answering.
constexpr absl::Duration kLoginsStop = absl::Seconds(10);
// For how long a host that nobody uses is remembered.
constexpr absl::Duration kHostTime = absl::Hours(1);

// `asked`: the caller asked for a login afresh, whose turn did not come.
absl::Status Remembered(const RefusedLogins::Refusal& refusal, bool asked,
                        absl::Time next_try) {
  return LeftAlone(refusal.error,
                   asked ? " That was its last answer: this login's turn did not come "
                           "in time, as hosts count the logins that they refuse."
                         : " That was its last answer: hosts count the logins that "
                           "they refuse. A test of the connection offers the key now.",
                   next_try);
}

absl::Status OutOfTurn(absl::Time next_try) {
  return LeftAlone(
      Error(absl::StatusCode::kResourceExhausted, reason::kRemoteRateLimited,
            "Logins to the git host wait for each other, since SSH servers refuse "
            "everybody after a few that fail, and this one's turn does not come in "
            "time."),
      "", next_try);
}

absl::Status ShutOut(bool is_ssh, absl::Time next_try) {
  absl::string_view what =
      "The git host refuses connections from this address for a while, as SSH servers "
      "do after logins that fail, also those of others at this address.";
  if (!is_ssh) {
    what =
        "The git host closes connections before it greets: it refuses this address for "
        "a while, as SSH servers do after logins that fail, or the URL's port is not "
        "an SSH server's.";
  }
  return LeftAlone(
      Error(absl::StatusCode::kUnavailable, reason::kRemoteUnreachable, what),
      " Who runs the host can exempt the address (PerSourcePenaltyExemptList of "
      "OpenSSH).",
      next_try);
}

}  // namespace

absl::StatusOr<std::unique_ptr<LoginGate::Turn>> LoginGate::Enter(
    const Remote& remote, const std::string& login, const Context& context) {
  std::unique_ptr<Turn> turn;
  {
    absl::MutexLock lock(&mutex_);
    Host& host = HostOf(remote.url, SteadyNow());
    turn.reset(
        new Turn(this, remote, remote.circuit.empty() ? login : remote.circuit, &host));
    // One that was refused since it was found to work has lost that.
    const bool refused = refused_.Find(turn->login_) != nullptr;
    turn->proved_ = remote.login_proved && !refused;
    const bool seen = turn->proved_ && host.worked.Has(turn->login_);
    turn->number_ = host.ration.Join(
        {remote.organization, turn->proved_, seen, refused, remote.attended});
    ++host.turns;
  }
  RETURN_IF_ERROR(Await(*turn, context));
  return turn;
}

int LoginGate::WaitingAt(const GitUrl& url) {
  absl::MutexLock lock(&mutex_);
  const auto found = hosts_.find({url.host, url.port});
  return found == hosts_.end() ? 0 : found->second.ration.waiting();
}

LoginGate::Host& LoginGate::HostOf(const GitUrl& url, absl::Time now) {
  const auto [found, is_new] = hosts_.try_emplace({url.host, url.port});
  Host& host = found->second;
  host.last_use = now;
  if (!is_new) return host;
  Enforce(host, /*counts=*/true);  // until it has greeted
  std::erase_if(hosts_, [now](const auto& entry) {
    const Host& other = entry.second;
    return other.turns == 0 && other.last_use + kHostTime < now &&
           other.ration.IsIdle(now);
  });
  return host;
}

absl::Status LoginGate::Await(Turn& turn, const Context& context) {
  // Registered before the lock is taken: the callback needs it.
  const Cancellation::Registration wake = context.cancellation->OnCancel([this] {
    absl::MutexLock lock(&mutex_);
    changed_.SignalAll();
  });
  const absl::Time give_up = context.deadline - kAnswerTime;
  absl::MutexLock lock(&mutex_);
  while (true) {
    // Asking the cancellation under our lock would be the callback's order reversed.
    mutex_.Unlock();
    const absl::Status status = CheckRemoteTime(context);
    mutex_.Lock();
    RETURN_IF_ERROR(status);
    const absl::Time now = SteadyNow();
    RETURN_IF_ERROR(TryToBegin(turn, now, give_up));
    if (turn.stage_ == Turn::Stage::kBegun) return absl::OkStatus();
    // A cancellation between the question and the wait is noticed a little later, as is
    // what time alone has changed.
    changed_.WaitWithTimeout(&mutex_, kLookAgain);
  }
}

absl::Status LoginGate::TryToBegin(Turn& turn, absl::Time now, absl::Time give_up) {
  const Remote& remote = turn.remote_;
  Host& host = *turn.host_;
  const RefusedLogins::Refusal* const refusal = refused_.Find(turn.login_);
  if (refusal != nullptr && !remote.afresh && now < refusal->next_try) {
    return Remembered(*refusal, /*asked=*/false, refusal->next_try);
  }
  if (const std::optional<absl::Time> until = host.door.ShutUntil(now)) {
    if (remote.afresh || !remote.attended || *until > give_up ||
        !TakePlace(turn, options_.most_waiting)) {
      return ShutOut(host.greetings > 0 || remote.login_proved, *until);
    }
    return absl::OkStatus();
  }
  if (!host.ration.Begin(turn.number_, now)) {
    const absl::Time room = turn.proved_ ? now : host.ration.NextRoom(now);
    const bool too_late =
        now >= give_up || (room > give_up && room < absl::InfiniteFuture());
    // Those that were refused before leave places to those that may work.
    const int places = options_.most_waiting / (refusal != nullptr ? 2 : 1);
    // One that is proved waits for no more than other logins, unless much is owed.
    const bool room_soon =
        host.worked.Has(turn.login_) || host.ration.HasRoomForProved(now);
    const bool moves = turn.proved_ && room_soon && now - host.last_login < kLoginsStop;
    if (too_late || !(moves || TakePlace(turn, places))) {
      const absl::Time soonest = now + LoginDebt::kRefill;
      const absl::Time next_try =
          room < absl::InfiniteFuture() ? std::max(room, soonest) : soonest;
      return refusal != nullptr ? Remembered(*refusal, remote.afresh, next_try)
                                : OutOfTurn(next_try);
    }
    return absl::OkStatus();
  }
  turn.trial_ = host.door.Enter();
  turn.stage_ = Turn::Stage::kBegun;
  if (std::exchange(turn.waits_, false)) --host.waiting;
  // The next one may not have to wait for it.
  changed_.SignalAll();
  return absl::OkStatus();
}

bool LoginGate::TakePlace(Turn& turn, int places) {
  if (turn.waits_) return true;
  if (turn.host_->waiting >= places) return false;
  ++turn.host_->waiting;
  turn.waits_ = true;
  return true;
}

void LoginGate::Enforce(Host& host, bool counts) {
  host.ration.Enforce(options_.rationing == LoginRationing::kAlways ||
                      (options_.rationing == LoginRationing::kAuto && counts));
}

void LoginGate::Greeted(Turn& turn, absl::string_view banner) {
  turn.stage_ = Turn::Stage::kGreeted;
  absl::MutexLock lock(&mutex_);
  Host& host = *turn.host_;
  ++host.greetings;
  Enforce(host, CountsFailedLogins(banner) || host.has_shut_us_out);
  if (std::exchange(turn.trial_, false)) {
    host.door.Open();
    Log(LogLevel::kInfo, "git host lets this address in again",
        {{"host", turn.remote_.url.host}, {"port", turn.remote_.url.port}});
  }
  changed_.SignalAll();
}

std::optional<int64_t> LoginGate::ClosedUnheard(
    Turn& turn, std::optional<int64_t> greetings_before) {
  // A host that refuses a connection charges nothing for it.
  turn.stage_ = Turn::Stage::kBegun;
  absl::MutexLock lock(&mutex_);
  Host& host = *turn.host_;
  if (!turn.trial_ && greetings_before != host.greetings) return host.greetings;
  const absl::Time now = SteadyNow();
  const bool is_known = host.door.is_shut() && !turn.trial_;
  host.door.Shut(std::exchange(turn.trial_, false), now);
  host.has_shut_us_out = true;
  Enforce(host, /*counts=*/true);
  changed_.SignalAll();
  if (is_known) return std::nullopt;
  Log(LogLevel::kWarning, "git host refuses connections from this address",
      {{"host", turn.remote_.url.host},
       {"port", turn.remote_.url.port},
       {kNextTryTime, SteadyNextTryText(host.door.ShutUntil(now).value_or(now))}});
  return std::nullopt;
}

void LoginGate::Refused(Turn& turn, const absl::Status& error) {
  {
    absl::MutexLock lock(&mutex_);
    refused_.Add(turn.login_, error, SteadyNow());
    // Keys that work may all go together: when a host is restored from a backup.
    if (turn.host_->worked.Has(turn.login_)) turn.host_->worked.ForgetAll();
    changed_.SignalAll();
  }
  const Remote& remote = turn.remote_;
  if (remote.login_proved && options_.record != nullptr) {
    options_.record->Refused(remote);
  }
}

void LoginGate::Worked(Turn& turn) {
  turn.stage_ = Turn::Stage::kWorked;
  {
    absl::MutexLock lock(&mutex_);
    refused_.Forget(turn.login_);
    const absl::Time now = SteadyNow();
    turn.host_->last_login = now;
    turn.host_->worked.Add(turn.login_, now);
    Leave(turn, LoginRation::Cost::kNone);
  }
  const Remote& remote = turn.remote_;
  if (!turn.proved_ && !remote.circuit.empty() && options_.record != nullptr) {
    options_.record->Worked(remote);
  }
}

void LoginGate::End(Turn& turn) {
  using Stage = Turn::Stage;
  using Cost = LoginRation::Cost;
  if (turn.stage_ == Stage::kWorked) return;
  absl::MutexLock lock(&mutex_);
  if (turn.trial_) turn.host_->door.EndTrial();
  Cost cost = Cost::kNone;
  if (turn.is_connected()) cost = turn.login_began() ? Cost::kRefused : Cost::kGivenUp;
  Leave(turn, cost);
}

void LoginGate::Leave(Turn& turn, LoginRation::Cost cost) {
  Host& host = *turn.host_;
  const absl::Time now = SteadyNow();
  if (turn.waits_) --host.waiting;
  host.ration.End(turn.number_, cost, now);
  host.last_use = now;
  --host.turns;
  changed_.SignalAll();
}

}  // namespace gitsync
