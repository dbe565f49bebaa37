// The table of all that was measured, printed as it grows.

#ifndef GITSYNC_TESTS_BENCH_REPORT_H_
#define GITSYNC_TESTS_BENCH_REPORT_H_

#include <string>

#include "tests/bench/timings.h"

namespace gitsync {

// A figure beside the one that it is compared with, and what it ought to be. Printed as
// "0.64 of git push | at most 0.60: missed".
struct Ratio {
  static Ratio Of(absl::Duration value, absl::Duration base, std::string of) {
    return {absl::FDivDuration(value, base), std::move(of)};
  }
  // Without a unit other than that of `of`.
  static Ratio Plain(double value, std::string of) { return {value, std::move(of)}; }

  Ratio AtMost(double limit) const;
  Ratio AtLeast(double limit) const;

  double value = 0;
  std::string of;
  std::string goal = "";
};

std::string Milliseconds(absl::Duration time);
std::string PerSecond(double rate);
std::string Mib(double size);

// One Markdown table on standard output. A row that is there stays, should a later part
// fail.
class Report {
 public:
  // Prints the lines above the table.
  void Start(const std::string& text);
  // A row that begins a part of the table.
  void Part(const std::string& what);
  void Row(const std::string& what, const std::string& median, const std::string& p99,
           const Ratio* ratio = nullptr);
  void Row(const std::string& what, const Times& times, const Ratio* ratio = nullptr) {
    Row(what, Milliseconds(times.median()), Milliseconds(times.p99()), ratio);
  }
  // A figure that stands alone, or only beside a limit.
  void Row(const std::string& what, const Ratio& ratio) { Row(what, "", "", &ratio); }
  // A way that could not be measured, and why.
  void LeftOut(const std::string& what, const std::string& reason);
};

}  // namespace gitsync

#endif  // GITSYNC_TESTS_BENCH_REPORT_H_
