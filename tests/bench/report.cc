#include "tests/bench/report.h"

#include <iostream>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_replace.h"

namespace gitsync {

Ratio Ratio::AtMost(double limit) const {
  Ratio with = *this;
  with.goal =
      absl::StrFormat("at most %g: %s", limit, value <= limit ? "reached" : "missed");
  return with;
}

Ratio Ratio::AtLeast(double limit) const {
  Ratio with = *this;
  with.goal =
      absl::StrFormat("at least %g: %s", limit, value >= limit ? "reached" : "missed");
  return with;
}

std::string Milliseconds(absl::Duration time) {
  return absl::StrFormat("%.1f ms", absl::ToDoubleMilliseconds(time));
}
std::string PerSecond(double rate) { return absl::StrFormat("%.1f/s", rate); }
std::string Mib(double size) { return absl::StrFormat("%.1f MiB", size); }

void Report::Start(const std::string& text) {
  std::cout << text << "\n\n"
            << "| What | median | p99 | ratio | to reach |\n"
            << "|---|---:|---:|---|---|\n"
            << std::flush;
}

void Report::Part(const std::string& what) {
  std::cout << "| **" << what << "** | | | | |\n" << std::flush;
}

void Report::Row(const std::string& what, const std::string& median,
                 const std::string& p99, const Ratio* ratio) {
  std::string line = absl::StrCat("| ", what, " | ", median, " | ", p99, " | ");
  if (ratio != nullptr) {
    // Three digits that mean something.
    absl::StrAppendFormat(&line, "%.3g %s | %s", ratio->value, ratio->of, ratio->goal);
  } else {
    line += "|";
  }
  std::cout << line << " |\n" << std::flush;
}

void Report::LeftOut(const std::string& what, const std::string& reason) {
  std::cout << "| " << what << ": left out, "
            << absl::StrReplaceAll(reason, {{"\n", " "}, {"|", "/"}}) << " | | | | |\n"
            << std::flush;
}

}  // namespace gitsync
