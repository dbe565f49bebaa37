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
  ++InFlight(entry.login);
  last_turns_[entry.login.organization] = ++turns_;
  return true;
}

absl::Time LoginRation::NextRoom(absl::Time now) const {
  if (unproved_in_flight_ >= kMostUnproved) return absl::InfiniteFuture();
  const absl::Duration most = MostOwed(/*proved=*/false);
  if (most < absl::ZeroDuration()) return absl::InfiniteFuture();
  return now + debt_.TimeUntil(most, now);
}

void LoginRation::End(int64_t number, Cost cost, absl::Time now) {
  const auto found = logins_.find(number);
  if (found->second.begun) {
    --InFlight(found->second.login);
    if (cost == Cost::kRefused) debt_.Charge(kRefused, now);
    if (cost == Cost::kGivenUp) debt_.Charge(kGivenUp, now);
    if (cost == Cost::kRefused && found->second.login.seen) {
      // Those that wait are in doubt, too.
      for (auto& [other, entry] : logins_) {
        if (!entry.begun) entry.login.seen = false;
      }
    }
  }
  logins_.erase(found);
  if (waiting() == 0) last_turns_.clear();
}

int LoginRation::waiting() const {
  return static_cast<int>(logins_.size()) - seen_in_flight_ - proved_in_flight_ -
         unproved_in_flight_;
}

int& LoginRation::InFlight(const Login& login) {
  if (login.seen) return seen_in_flight_;
  return login.proved ? proved_in_flight_ : unproved_in_flight_;
}

bool LoginRation::IsIdle(absl::Time now) const {
  return logins_.empty() && Debt(now) == absl::ZeroDuration();
}

bool LoginRation::MayBegin(int64_t number, const Entry& entry, absl::Time now) const {
  if (entry.login.seen) {
    const bool all_is_well = Debt(now) == absl::ZeroDuration() &&
                             proved_in_flight_ + unproved_in_flight_ == 0;
    return seen_in_flight_ < (all_is_well ? kMostSeen : 1) && IsNext(number, entry);
  }
  if (Debt(now) > MostOwed(entry.login.proved)) return false;
  if (!entry.login.proved && (unproved_in_flight_ >= kMostUnproved || ProvedWaits())) {
    return false;
  }
  return IsNext(number, entry);
}

absl::Duration LoginRation::MostOwed(bool proved) const {
  const absl::Duration unproved = unproved_in_flight_ * kRefused;
  const absl::Duration most =
      kRoomOfProved - unproved - proved_in_flight_ * kRefused - kRefused;
  return proved ? most : std::min(most, kRoom - unproved - kRefused);
}

bool LoginRation::ProvedWaits() const {
  return std::any_of(logins_.begin(), logins_.end(), [](const auto& entry) {
    const Login& login = entry.second.login;
    return !entry.second.begun && login.proved && !login.seen;
  });
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
           other.second.login.seen == entry.login.seen &&
           rank(other.first, other.second.login) < own;
  });
}

}  // namespace gitsync
