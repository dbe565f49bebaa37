// The parts of the benchmark, and what they share.

#ifndef GITSYNC_TESTS_BENCH_BENCH_H_
#define GITSYNC_TESTS_BENCH_BENCH_H_

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "tests/bench/report.h"
#include "tests/bench/repository.h"
#include "tests/bench/site.h"

namespace gitsync {

// How much of everything.
struct Sizes {
  int rounds = 40;        // of what takes milliseconds
  int windows = 3;        // of what takes seconds
  int apps = 1000;        // in a repository
  int many_apps = 20000;  // in the largest one
  int branches = 1001;    // on the remote with many
  int commits = 1000;     // of the usual history
  int many_commits = 20000;
  int callers = 64;
  int repositories = 16;  // that they share
  int imported = 1000;    // apps
  int organizations = 1000;
  int few_organizations = 10;
  int active = 100;  // organizations that push
  int definition_mib = 32;
  int seconds = 5;  // of reads
};

class Bench {
 public:
  explicit Bench(const Sizes& sizes) : sizes_(sizes) {}

  const Sizes& sizes() const { return sizes_; }
  Report& report() { return report_; }

  // Made when first asked for.
  Site& site(Transport transport);
  // Of that many apps, one of them synced.
  Repository& usual(Transport transport);
  Repository& large();

 private:
  const Sizes sizes_;
  Report report_;
  std::unique_ptr<Site> sites_[2];
  std::unique_ptr<Repository> usual_[2];
  std::unique_ptr<Repository> large_;
};

// A part of the benchmark: what --only names.
struct Group {
  std::string name;
  std::string what;
  std::function<void(Bench&)> measure;
};
std::vector<Group> Groups();

// Pushes of one change: against what git and others do.
void MeasurePushesOverSsh(Bench& bench);
void MeasurePushesOverHttps(Bench& bench);
// Nothing new.
void MeasureChecks(Bench& bench);
// Pushes where there are many apps, branches or commits.
void MeasureScale(Bench& bench);
// Many callers, in one repository and in several.
void MeasureCallers(Bench& bench);
// Apps made from what a large repository has.
void MeasureImports(Bench& bench);
// Many organizations, one of them with a remote that has stalled.
void MeasureOrganizations(Bench& bench);
// gRPC itself, beside an echo.
void MeasureReads(Bench& bench);
void MeasureMemory(Bench& bench);

}  // namespace gitsync

#endif  // GITSYNC_TESTS_BENCH_BENCH_H_
