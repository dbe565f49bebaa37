#include <memory>

#include "absl/strings/str_cat.h"
#include "tests/bench/bench.h"
#include "tests/bench/local_clone.h"

namespace gitsync {
namespace {

struct Place {
  std::string name;
  Repository* repository;
  Times gitsync = {};
  Times floor = {};

  // What is left when the remote's own part is taken off.
  absl::Duration own() const { return gitsync.median() - floor.median(); }
};

}  // namespace

void MeasureScale(Bench& bench) {
  const Sizes& sizes = bench.sizes();
  Site* const site = &bench.site(Transport::kSsh);
  Repository branches(site, "branches",
                      {.apps = sizes.apps, .branches = sizes.branches});
  Repository history(site, "history", {.apps = sizes.apps, .commits = sizes.commits});
  Repository long_history(site, "long history",
                          {.apps = sizes.apps, .commits = sizes.many_commits});
  std::vector<Place> places = {
      {absl::StrCat(sizes.apps, " apps"), &bench.usual(Transport::kSsh)},
      {absl::StrCat(sizes.branches, " branches"), &branches},
      {absl::StrCat(sizes.commits, " commits"), &history},
      {absl::StrCat(sizes.many_commits, " commits"), &long_history},
      {absl::StrCat(sizes.many_apps, " apps"), &bench.large()},
  };
  std::vector<Way> ways;
  for (const Place& place : places) {
    ways.push_back(place.repository->PushByGitSync(""));
    ways.push_back(PushReadyPack(*place.repository, ""));
  }
  const std::vector<Times> times = Measure(ways, sizes.rounds);
  for (size_t i = 0; i < places.size(); ++i) {
    places[i].gitsync = times[2 * i];
    places[i].floor = times[2 * i + 1];
  }
  const auto to = [&](size_t place, size_t base) {
    return Ratio::Of(places[place].gitsync.median(), places[base].gitsync.median(),
                     absl::StrCat("of ", places[base].name))
        .AtMost(1.2);
  };
  const Ratio of_branches = to(1, 0);
  const Ratio of_history = to(3, 2);
  const Ratio* ratios[] = {nullptr, &of_branches, nullptr, &of_history, nullptr};
  Report& report = bench.report();
  report.Part("One push, and the floor there");
  for (size_t i = 0; i < places.size(); ++i) {
    report.Row("GitSync, " + places[i].name, places[i].gitsync, ratios[i]);
    report.Row("the floor, " + places[i].name, places[i].floor);
  }
  // Less than this is noise; it must not divide.
  constexpr absl::Duration kLeast = absl::Milliseconds(1);
  const absl::Duration base = std::max(places[0].own(), kLeast);
  const Ratio own =
      Ratio::Of(std::max(places[4].own(), kLeast), base,
                absl::StrCat("of ", places[0].name, " (", Milliseconds(base), ")"))
          .AtMost(1.5);
  report.Row("GitSync without the floor, " + places[4].name,
             Milliseconds(places[4].own()), "", &own);
}

}  // namespace gitsync
