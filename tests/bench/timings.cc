#include "tests/bench/timings.h"

#include <algorithm>
#include <utility>

#include "absl/time/clock.h"
#include "tests/bench/demand.h"

namespace gitsync {

Times::Times(std::vector<absl::Duration> times) : sorted_(std::move(times)) {
  Demand(!sorted_.empty(), "nothing was timed");
  std::sort(sorted_.begin(), sorted_.end());
}

absl::Duration Times::Percentile(double part) const {
  return sorted_[static_cast<size_t>(part * static_cast<double>(sorted_.size() - 1) +
                                     0.5)];
}

std::vector<Times> Measure(const std::vector<Way>& ways, int rounds) {
  std::vector<std::vector<absl::Duration>> times(ways.size());
  for (int round = 1; round <= rounds + kWarmUps; ++round) {
    for (size_t i = 0; i < ways.size(); ++i) {
      if (round > ways[i].most_rounds + kWarmUps) continue;
      ways[i].prepare(round);
      // What the one before left running (processes that end, housekeeping) is not
      // this one's cost.
      absl::SleepFor(absl::Milliseconds(50));
      const absl::Time start = absl::Now();
      ways[i].run();
      if (round > kWarmUps) times[i].push_back(absl::Now() - start);
    }
  }
  return {times.begin(), times.end()};
}

}  // namespace gitsync
