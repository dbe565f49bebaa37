// Times of several ways to do the same, measured in turns, and the table of them.

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
  int most_rounds = 10000;
};

class Timings {
 public:
  // `what` all ways do and what the medians are compared `with`: the table's heads.
  Timings(std::string what, std::string with);

  // Way number `base`, from 0, is what this one is compared with.
  void Add(Way way, size_t base);

  // In each round every way runs once: noise of the machine hits all.
  void Measure(int rounds);

  // The table, in Markdown.
  std::string Table() const;

 private:
  struct Row {
    Way way;
    size_t base;
    std::vector<absl::Duration> times = {};  // sorted when measured
  };

  const std::string what_;
  const std::string with_;
  std::vector<Row> rows_;
};

}  // namespace gitsync

#endif  // GITSYNC_TESTS_BENCH_TIMINGS_H_
