#include <optional>

#include "absl/strings/str_cat.h"
#include "tests/bench/bench.h"
#include "tests/bench/local_clone.h"
#include "tests/bench/peer_ways.h"

namespace gitsync {
namespace {

// Another way to push, and what GitSync's time is to be of its.
struct Other {
  Way way;
  std::optional<double> at_most;
};

void Compare(Bench& bench, const Way& ours, const std::vector<Other>& others) {
  std::vector<Way> ways = {ours};
  for (const Other& other : others) ways.push_back(other.way);
  const std::vector<Times> times = Measure(ways, bench.sizes().rounds);
  bench.report().Row(ours.name, times[0]);
  for (size_t i = 0; i < others.size(); ++i) {
    Ratio ratio = Ratio::Of(times[0].median(), times[i + 1].median(), "GitSync to it");
    if (others[i].at_most.has_value()) ratio = ratio.AtMost(*others[i].at_most);
    bench.report().Row(others[i].way.name, times[i + 1], &ratio);
  }
}

}  // namespace

void MeasurePushesOverSsh(Bench& bench) {
  Repository& repository = bench.usual(Transport::kSsh);
  bench.report().Part(
      absl::StrCat("Push over SSH, one change among ", bench.sizes().apps, " apps"));
  std::vector<Other> others = {
      {PushReadyPack(repository, "the floor: a ready pack on a live session"), 1.25},
      {PushByGit(repository, "git push, multiplexed connection", true), 0.6},
      {PushByGit(repository, "git push, cold", false), 0.1},
  };
  const auto add = [&](const std::string& name, auto make, std::optional<double> goal) {
    const absl::StatusOr<Way> way = make(repository, name);
    if (!way.ok()) {
      return bench.report().LeftOut(name, std::string(way.status().message()));
    }
    others.push_back({*way, goal});
  };
  add("simple-git: clone, commit, push (3 rounds)", CloneAndPushBySimpleGit, 0.05);
  add("JGit's push, warm JVM", PushByJgit, std::nullopt);
  add("go-git's push", PushByGoGit, std::nullopt);
  Compare(bench, repository.PushByGitSync("GitSync, PushAppVersion over gRPC"), others);
}

void MeasurePushesOverHttps(Bench& bench) {
  Repository& repository = bench.usual(Transport::kHttps);
  bench.report().Part(
      absl::StrCat("Push over HTTPS, one change among ", bench.sizes().apps, " apps"));
  Compare(bench, repository.PushByGitSync("GitSync, PushAppVersion over gRPC"),
          {{PushByGit(repository, "git push", false), std::nullopt}});
}

}  // namespace gitsync
