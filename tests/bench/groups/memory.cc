#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "tests/bench/bench.h"
#include "tests/bench/machine.h"

namespace gitsync {
namespace {

std::string LargeDefinition(size_t bytes) {
  std::string definition = R"({"pages":[{"id":"first","revision":0})";
  const std::string end = "]}";
  for (int page = 0;; ++page) {
    const std::string next = absl::StrCat(
        R"(,{"id":"page-)", page, R"(","widgets":[1,2.5,"three",null],"text":")",
        std::string(4000, 'x'), "\"}");
    if (definition.size() + next.size() + end.size() > bytes) return definition + end;
    definition += next;
  }
}

}  // namespace

void MeasureMemory(Bench& bench) {
  const int mib = bench.sizes().definition_mib;
  Installation installation({.server = {.flags = {"--log_level=warning"}}});
  Report& report = bench.report();
  report.Part("Memory");
  {
    const GitsyncdProcess idle;
    // Threads that start late, and what they allocate.
    absl::SleepFor(absl::Seconds(1));
    const double resident = ResidentMib(idle.pid());
    report.Row("gitsyncd, idle", Ratio::Plain(resident, "MiB resident").AtMost(40));
  }
  const std::string definition = LargeDefinition(static_cast<size_t>(mib) << 20);
  const double before = ResidentMib(installation.server().pid());
  const AppAndVersion app =
      installation.api().CreateApp(installation.dev(), "Large", definition);
  const double created = PeakResidentMib(installation.server().pid());
  // A peak of its own. Resetting one would take root.
  installation.Restart();
  const absl::Time start = absl::Now();
  Demand(Need(installation.api().Push(app, "Large")).changed(), "nothing was pushed");
  const absl::Duration took = absl::Now() - start;
  const double pushed = PeakResidentMib(installation.server().pid());
  const auto of_size = [&](double peak) {
    return Ratio::Plain(peak / mib, absl::StrCat("times its size: ", Mib(peak), ", ",
                                                 Mib(before), " before"));
  };
  report.Row(absl::StrCat("definition of ", mib, " MiB, peak while it was created"),
             of_size(created));
  const Ratio ratio = of_size(pushed).AtMost(6);
  report.Row(absl::StrCat("definition of ", mib, " MiB, push and its peak"),
             Milliseconds(took), "", &ratio);
}

}  // namespace gitsync
