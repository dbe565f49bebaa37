#include "server/base/steady_clock.h"

#include <chrono>

#include "absl/time/clock.h"

namespace gitsync {

absl::Time SteadyNow() {
  const auto since_boot = [] {
    return absl::FromChrono(std::chrono::steady_clock::now().time_since_epoch());
  };
  static const absl::Time boot = absl::Now() - since_boot();
  return boot + since_boot();
}

}  // namespace gitsync
