// What every part of the benchmark needs: to end rather than go on after a failure.

#ifndef GITSYNC_TESTS_BENCH_DEMAND_H_
#define GITSYNC_TESTS_BENCH_DEMAND_H_

#include <string>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"

namespace gitsync {

// Ends the program unless `good`: a table with a failure in it would be worth nothing.
// Any thread may call it.
void Demand(bool good, const std::string& what);

// The value of a call that must not fail.
template <typename T>
T Need(absl::StatusOr<T> value) {
  Demand(value.ok(), value.status().ToString());
  return *std::move(value);
}

// Runs a program and returns its output; ends this one if that fails.
std::string RunOrEnd(const std::vector<std::string>& arguments,
                     const std::vector<std::string>& environment = {});

// Content of a file; empty if there is none.
std::string ReadText(const std::string& path);

}  // namespace gitsync

#endif  // GITSYNC_TESTS_BENCH_DEMAND_H_
