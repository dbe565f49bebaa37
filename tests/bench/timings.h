// Times of several ways to do the same, measured in turns.

#ifndef GITSYNC_TESTS_BENCH_TIMINGS_H_
#define GITSYNC_TESTS_BENCH_TIMINGS_H_

#include <functional>
#include <string>
#include <vector>

#include "absl/time/time.h"

namespace gitsync {

// The first rounds make connections and warm caches; their times do not count.
inline constexpr int kWarmUps = 2;

struct Way {
  std::string name;
  std::function<void(int round)> prepare;  // not timed
  std::function<void()> run;
  // Of what takes many seconds a few rounds tell enough.
  int most_rounds = 10000;
};

// Times of the same thing, again and again.
class Times {
 public:
  Times() = default;
  // There must be one.
  explicit Times(std::vector<absl::Duration> times);

  absl::Duration median() const { return Percentile(0.5); }
  absl::Duration p99() const { return Percentile(0.99); }
  size_t count() const { return sorted_.size(); }

 private:
  absl::Duration Percentile(double part) const;

  std::vector<absl::Duration> sorted_;
};

// Runs each way `rounds` times, after warm-ups; in each round every way runs once, so
// that noise of the machine hits all. Times of the ways, in order.
std::vector<Times> Measure(const std::vector<Way>& ways, int rounds);

}  // namespace gitsync

#endif  // GITSYNC_TESTS_BENCH_TIMINGS_H_
