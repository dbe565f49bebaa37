// Work for many callers at the same time.

#ifndef GITSYNC_TESTS_BENCH_CALLERS_H_
#define GITSYNC_TESTS_BENCH_CALLERS_H_

#include <cstddef>
#include <functional>
#include <vector>

#include "absl/time/time.h"

namespace gitsync {

// What callers saw who did a number of things, each as soon as it had done the one
// before.
struct Work {
  absl::Duration took;                // all of it
  std::vector<absl::Duration> times;  // each thing, in no order
};

// Does things 0 to `count` - 1, each once, by so many threads, which begin together.
Work ForEach(size_t count, int callers, const std::function<void(size_t)>& thing);

}  // namespace gitsync

#endif  // GITSYNC_TESTS_BENCH_CALLERS_H_
