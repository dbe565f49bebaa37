#include "tests/bench/timings.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_format.h"
#include "absl/time/clock.h"

namespace gitsync {
namespace {

// `times` is sorted.
double Percentile(const std::vector<absl::Duration>& times, double part) {
  const auto index =
      static_cast<size_t>(part * static_cast<double>(times.size() - 1) + 0.5);
  return absl::ToDoubleMilliseconds(times[index]);
}

}  // namespace

Timings::Timings(std::string what, std::string with)
    : what_(std::move(what)), with_(std::move(with)) {}

void Timings::Add(Way way, size_t base) { rows_.push_back({std::move(way), base}); }

void Timings::Measure(int rounds) {
  for (int round = 1; round <= rounds + kWarmUps; ++round) {
    for (Row& row : rows_) {
      if (round > row.way.most_rounds) continue;
      row.way.prepare(round);
      // What the one before left running (processes that end, housekeeping) is not
      // this one's cost.
      absl::SleepFor(absl::Milliseconds(50));
      const absl::Time start = absl::Now();
      row.way.run();
      if (round > kWarmUps) row.times.push_back(absl::Now() - start);
    }
  }
  for (Row& row : rows_) std::sort(row.times.begin(), row.times.end());
}

std::string Timings::Table() const {
  std::string table = absl::StrFormat(
      "| %s | median ms | p99 ms | least ms | median to %s |\n"
      "|---|---:|---:|---:|---:|\n",
      what_, with_);
  for (const Row& row : rows_) {
    const double median = Percentile(row.times, 0.5);
    absl::StrAppendFormat(&table, "| %s | %.1f | %.1f | %.1f | %.2f |\n", row.way.name,
                          median, Percentile(row.times, 0.99), Percentile(row.times, 0),
                          median / Percentile(rows_[row.base].times, 0.5));
  }
  return table;
}

}  // namespace gitsync
