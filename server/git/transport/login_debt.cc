#include "server/git/transport/login_debt.h"

#include <algorithm>
#include <cstdint>

namespace gitsync {
namespace {

const int64_t kCharged = absl::ToInt64Seconds(LoginDebt::kRefused);
const int64_t kRefilled = absl::ToInt64Seconds(LoginDebt::kRefill);

}  // namespace

void LoginDebt::Charge(absl::Duration cost, absl::Time now) {
  owed_ = Owed(now) + cost;
  time_ = now;
}

absl::Duration LoginDebt::Owed(absl::Time now) const {
  const absl::Duration forgotten = (now - time_) / kRefilled * kCharged;
  return std::max(owed_ - forgotten, absl::ZeroDuration());
}

absl::Duration LoginDebt::TimeUntil(absl::Duration most, absl::Time now) const {
  const absl::Duration excess = Owed(now) - most;
  if (excess <= absl::ZeroDuration()) return absl::ZeroDuration();
  return (excess + absl::Nanoseconds(kCharged)) / kCharged * kRefilled;
}

}  // namespace gitsync
