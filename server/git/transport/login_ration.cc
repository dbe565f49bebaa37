#include "server/git/transport/login_ration.h"

#include <algorithm>
#include <tuple>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/numbers.h"
#include "absl/strings/strip.h"

namespace gitsync {
namespace {

// Takes a number off the front of `text`.
bool ConsumeNumber(absl::string_view* text, int* number) {
  size_t digits = 0;
  while (digits < text->size() && absl::ascii_isdigit((*text)[digits])) ++digits;
  if (!absl::SimpleAtoi(text->substr(0, digits), number)) return false;
  text->remove_prefix(digits);
  return true;
}

// How long it takes until `seconds` of sshd's are forgotten, rounded up.
absl::Duration TimeToForget(absl::Duration seconds) {
  const int64_t refused = absl::ToInt64Seconds(LoginRation::kRefused);
  const int64_t refill = absl::ToInt64Seconds(LoginRation::kRefill);
  return (seconds + absl::Nanoseconds(refused)) / refused * refill;
}

// What is forgotten in a time, rounded down.
absl::Duration ForgottenIn(absl::Duration time) {
  const int64_t refused = absl::ToInt64Seconds(LoginRation::kRefused);
  const int64_t refill = absl::ToInt64Seconds(LoginRation::kRefill);
  return time / refill * refused;
}

}  // namespace

bool CountsFailedLogins(absl::string_view banner) {
  int major = 0;
  int minor = 0;
  if (!absl::ConsumePrefix(&banner, "SSH-2.0-OpenSSH_") ||
      !ConsumeNumber(&banner, &major) || !absl::ConsumePrefix(&banner, ".") ||
      !ConsumeNumber(&banner, &minor)) {
    return false;
  }
  return std::pair(major, minor) >= std::pair(9, 8);
}

int64_t LoginRation::Join(Login login) {
  logins_[next_number_].login = std::move(login);
  return next_number_++;
}

bool LoginRation::Begin(int64_t number, absl::Time now) {
  Entry& entry = logins_.at(number);
  if (enforced_ && !MayBegin(number, entry, now)) return false;
  entry.begun = true;
  ++(entry.login.proved ? proved_in_flight_ : unproved_in_flight_);
  last_turns_[entry.login.organization] = ++turns_;
  return true;
}

absl::Time LoginRation::NextRoom(absl::Time now) const {
  if (unproved_in_flight_ >= kMostUnproved) return absl::InfiniteFuture();
  const absl::Duration debt = Debt(now);
  const absl::Duration excess = debt + Reserved() + kRefused - room_;
  if (excess <= absl::ZeroDuration()) return now;
  if (excess > debt) return absl::InfiniteFuture();
  return now + TimeToForget(excess);
}

void LoginRation::End(int64_t number, Cost cost, absl::Time now) {
  const auto found = logins_.find(number);
  if (found->second.begun) {
    --(found->second.login.proved ? proved_in_flight_ : unproved_in_flight_);
    if (cost == Cost::kRefused) Owe(kRefused, now);
    if (cost == Cost::kGivenUp) Owe(kGivenUp, now);
  }
  logins_.erase(found);
  if (waiting() == 0) last_turns_.clear();
}

int LoginRation::waiting() const {
  return static_cast<int>(logins_.size()) - proved_in_flight_ - unproved_in_flight_;
}

void LoginRation::Owe(absl::Duration cost, absl::Time now) {
  debt_ = Debt(now) + cost;
  debt_time_ = now;
}

absl::Duration LoginRation::Debt(absl::Time now) const {
  return std::max(debt_ - ForgottenIn(now - debt_time_), absl::ZeroDuration());
}

bool LoginRation::IsIdle(absl::Time now) const {
  return logins_.empty() && Debt(now) == absl::ZeroDuration();
}

bool LoginRation::MayBegin(int64_t number, const Entry& entry, absl::Time now) const {
  const absl::Duration owed = Debt(now) + Reserved();
  if (!entry.login.proved) {
    return unproved_in_flight_ < kMostUnproved && owed + kRefused <= room_ &&
           IsNext(number, entry);
  }
  if (owed > absl::ZeroDuration()) {
    return proved_in_flight_ == 0 && IsNext(number, entry);
  }
  return std::count_if(logins_.begin(), logins_.end(), [&entry](const auto& other) {
           return other.second.begun &&
                  other.second.login.organization == entry.login.organization;
         }) < kMostUnproved;
}

bool LoginRation::IsNext(int64_t number, const Entry& entry) const {
  const auto rank = [this](int64_t of, const Login& login) {
    const auto last = last_turns_.find(login.organization);
    return std::tuple(login.refused, !login.attended,
                      last == last_turns_.end() ? 0 : last->second, of);
  };
  const auto own = rank(number, entry.login);
  return std::none_of(logins_.begin(), logins_.end(), [&](const auto& other) {
    return !other.second.begun && other.second.login.proved == entry.login.proved &&
           rank(other.first, other.second.login) < own;
  });
}

}  // namespace gitsync
