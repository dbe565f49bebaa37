#include "tests/bench/callers.h"

#include <atomic>
#include <latch>
#include <thread>

#include "absl/time/clock.h"

namespace gitsync {

Work ForEach(size_t count, int callers, const std::function<void(size_t)>& thing) {
  Work work;
  work.times.resize(count);
  std::atomic<size_t> next = 0;
  std::latch ready(callers + 1);
  std::vector<std::jthread> threads;
  for (int i = 0; i < callers; ++i) {
    threads.emplace_back([&] {
      ready.arrive_and_wait();
      for (size_t at = next++; at < count; at = next++) {
        const absl::Time start = absl::Now();
        thing(at);
        work.times[at] = absl::Now() - start;
      }
    });
  }
  ready.arrive_and_wait();
  const absl::Time start = absl::Now();
  threads.clear();
  work.took = absl::Now() - start;
  return work;
}

}  // namespace gitsync
