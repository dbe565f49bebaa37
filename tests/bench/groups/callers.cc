#include "tests/bench/callers.h"

#include <algorithm>
#include <deque>
#include <thread>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "tests/bench/bench.h"
#include "tests/bench/local_clone.h"
#include "tests/bench/machine.h"

namespace gitsync {
namespace {

// Pushes of each caller in a window, each of another app.
constexpr int kPushesEach = 8;

struct Pushes {
  Times times;
  absl::Duration took;
  CpuTimes cpu;

  double per_second() const {
    return static_cast<double>(times.count()) / absl::ToDoubleSeconds(took);
  }
};

// All callers push, evenly in all repositories; the changes are made before.
Pushes PushByMany(Site& site, const Sizes& sizes,
                  std::deque<Repository>& repositories) {
  const auto read_cpu = [&] {
    std::vector<pid_t> remote = site.installation.sshd().Connections();
    remote.push_back(site.installation.sshd().pid());
    return ReadCpuTimes(site.installation.server().pid(), remote);
  };
  const auto count = static_cast<size_t>(sizes.callers * kPushesEach);
  const size_t places = repositories.size();
  std::vector<absl::Duration> times;
  Pushes pushes = {};
  // The first window is a warm-up.
  for (int window = 0; window <= sizes.windows; ++window) {
    ForEach(count, 8, [&](size_t i) {
      repositories[i % places].Change(i / places, 200000 + window);
    });
    const CpuTimes cpu = read_cpu();
    const Work work = ForEach(count, sizes.callers, [&](size_t i) {
      repositories[i % places].Push(i / places);
    });
    if (window == 0) continue;
    const CpuTimes taken = read_cpu() - cpu;
    pushes.cpu.all += taken.all;
    pushes.cpu.server += taken.server;
    pushes.cpu.remote += taken.remote;
    pushes.cpu.driver += taken.driver;
    pushes.took += work.took;
    times.insert(times.end(), work.times.begin(), work.times.end());
  }
  pushes.times = Times(std::move(times));
  return pushes;
}

// How busy the pushes kept the cores, and what else did.
Ratio BusyCores(const Pushes& pushes) {
  const absl::Duration cores = pushes.took * std::thread::hardware_concurrency();
  const absl::Duration ours = pushes.cpu.remote + pushes.cpu.server + pushes.cpu.driver;
  const auto share = [&](absl::Duration time) {
    return absl::StrFormat("%.2f", absl::FDivDuration(time, cores));
  };
  return Ratio::Of(
      ours, cores,
      absl::StrCat("of the cores' time: remote ", share(pushes.cpu.remote),
                   ", gitsyncd ", share(pushes.cpu.server), ", this driver ",
                   share(pushes.cpu.driver), "; besides, the machine's others ",
                   share(std::max(pushes.cpu.all - ours, absl::ZeroDuration()))));
}

}  // namespace

void MeasureCallers(Bench& bench) {
  const Sizes& sizes = bench.sizes();
  Site& site = bench.site(Transport::kSsh);
  const int pushes = sizes.callers * kPushesEach;
  std::deque<Repository> one;
  one.emplace_back(&site, "callers",
                   Shape{.apps = std::max(sizes.apps, pushes), .synced = pushes});
  const Times cold = Measure({PushByGit(one[0], "", /*multiplexed=*/false)},
                             std::min(10, sizes.rounds))[0];
  const double cold_per_second = 1 / absl::ToDoubleSeconds(cold.median());
  const Pushes in_one = PushByMany(site, sizes, one);
  std::deque<Repository> several;
  for (int i = 0; i < sizes.repositories; ++i) {
    several.emplace_back(
        &site, absl::StrCat("callers ", i),
        Shape{.apps = std::max(sizes.apps / 10, pushes / sizes.repositories),
              .synced = pushes / sizes.repositories});
  }
  const Pushes in_several = PushByMany(site, sizes, several);

  Report& report = bench.report();
  report.Part(absl::StrCat(sizes.callers, " callers, a push of another app each time"));
  const Ratio to_cold =
      Ratio::Plain(in_one.per_second() / cold_per_second, "times cold git push")
          .AtLeast(50);
  report.Row("a loop of cold git push", PerSecond(cold_per_second), "");
  report.Row("one repository, time of a push", in_one.times);
  report.Row("one repository, pushes", PerSecond(in_one.per_second()), "", &to_cold);
  report.Row("one repository, machine", BusyCores(in_one));
  const std::string places = absl::StrCat(sizes.repositories, " repositories");
  report.Row(places + ", time of a push", in_several.times);
  report.Row(places + ", pushes", PerSecond(in_several.per_second()), "");
  report.Row(places + ", machine", BusyCores(in_several).AtLeast(0.8));
}

}  // namespace gitsync
