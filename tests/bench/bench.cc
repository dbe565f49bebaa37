// Measures GitSync beside git and others; prints a Markdown table. See
// `tests/bench/run --help`.

#include "tests/bench/bench.h"

#include <gtest/gtest.h>
#include <signal.h>

#include <algorithm>
#include <iostream>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"
#include "absl/time/clock.h"
#include "tests/bench/machine.h"

namespace gitsync {
namespace {

// So little of everything that all parts run in seconds: whether they work.
constexpr Sizes kSmoke = {.rounds = 1,
                          .windows = 1,
                          .apps = 10,
                          .many_apps = 40,
                          .branches = 11,
                          .commits = 10,
                          .many_commits = 30,
                          .callers = 2,
                          .repositories = 2,
                          .imported = 10,
                          .organizations = 5,
                          .few_organizations = 2,
                          .active = 3,
                          .definition_mib = 1,
                          .seconds = 1};

struct Options {
  Sizes sizes;
  std::vector<std::string> only;  // empty: all
};

[[noreturn]] void EndWithUsage(int status) {
  std::cerr << "usage: tests/bench/run [--only=PART[,PART...]] [--rounds=N] [--smoke]\n"
               "  --rounds=N  how often to measure what takes milliseconds (40)\n"
               "  --smoke     little of everything: whether it works\n"
               "Parts:\n";
  for (const Group& group : Groups()) {
    std::cerr << "  " << group.name << std::string(15 - group.name.size(), ' ')
              << group.what << "\n";
  }
  std::exit(status);
}

bool IsGroup(const std::string& name) {
  for (const Group& group : Groups()) {
    if (group.name == name) return true;
  }
  return false;
}

Options ReadOptions(int argc, char** argv) {
  Options options;
  int rounds = 0;
  for (int i = 1; i < argc; ++i) {
    absl::string_view argument = argv[i];
    if (argument == "--help") EndWithUsage(0);
    if (argument == "--smoke") {
      options.sizes = kSmoke;
    } else if (absl::ConsumePrefix(&argument, "--only=")) {
      options.only = absl::StrSplit(argument, ',');
    } else if (!absl::ConsumePrefix(&argument, "--rounds=") ||
               !absl::SimpleAtoi(argument, &rounds) || rounds <= 0) {
      EndWithUsage(2);
    }
  }
  for (const std::string& name : options.only) {
    if (!IsGroup(name)) EndWithUsage(2);
  }
  if (rounds > 0) options.sizes.rounds = rounds;
  return options;
}

int Run(const Options& options) {
  const absl::Time start = absl::Now();
  Bench bench(options.sizes);
  bench.report().Start(absl::StrCat(MachineName(), "; load before ", LoadAverage(),
                                    "; ", options.sizes.rounds, " rounds."));
  for (const Group& group : Groups()) {
    const auto& only = options.only;
    if (!only.empty() &&
        std::find(only.begin(), only.end(), group.name) == only.end()) {
      continue;
    }
    const absl::Time group_start = absl::Now();
    group.measure(bench);
    // What the tests' support found wrong.
    Demand(!testing::UnitTest::GetInstance()->ad_hoc_test_result().Failed(),
           absl::StrCat("a failure in ", group.name));
    std::cerr << "bench: " << group.name << " took "
              << absl::FormatDuration(
                     absl::Trunc(absl::Now() - group_start, absl::Milliseconds(100)))
              << "\n";
  }
  std::cout << "\nLoad after: " << LoadAverage() << "; took "
            << absl::FormatDuration(absl::Trunc(absl::Now() - start, absl::Seconds(1)))
            << ".\n"
            << std::flush;
  return 0;
}

}  // namespace

std::vector<Group> Groups() {
  return {
      {"ssh", "one push over SSH, beside git, simple-git, JGit and go-git",
       MeasurePushesOverSsh},
      {"https", "one push over HTTPS, beside git", MeasurePushesOverHttps},
      {"checks", "CheckForUpdates beside git ls-remote", MeasureChecks},
      {"scale", "pushes where there are many apps, branches or commits", MeasureScale},
      {"callers", "many callers, in one repository and in several", MeasureCallers},
      {"imports", "apps from a large repository, beside git archive", MeasureImports},
      {"organizations", "many of them, one with a remote that has stalled",
       MeasureOrganizations},
      {"reads", "gRPC reads beside an echo service", MeasureReads},
      {"memory", "idle, and with a large definition", MeasureMemory},
  };
}

Site& Bench::site(Transport transport) {
  std::unique_ptr<Site>& site = sites_[static_cast<int>(transport)];
  if (site == nullptr) site = std::make_unique<Site>(transport);
  return *site;
}

Repository& Bench::usual(Transport transport) {
  std::unique_ptr<Repository>& repository = usual_[static_cast<int>(transport)];
  if (repository == nullptr) {
    repository = std::make_unique<Repository>(&site(transport), "usual",
                                              Shape{.apps = sizes_.apps});
  }
  return *repository;
}

Repository& Bench::large() {
  if (large_ == nullptr) {
    large_ = std::make_unique<Repository>(&site(Transport::kSsh), "large",
                                          Shape{.apps = sizes_.many_apps});
  }
  return *large_;
}

}  // namespace gitsync

int main(int argc, char** argv) {
  // A peer that ends is found out by its silence.
  signal(SIGPIPE, SIG_IGN);
  return gitsync::Run(gitsync::ReadOptions(argc, argv));
}
