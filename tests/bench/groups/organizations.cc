#include <signal.h>

#include <atomic>
#include <deque>
#include <functional>
#include <thread>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/time/clock.h"
#include "tests/bench/bench.h"
#include "tests/bench/callers.h"
#include "tests/bench/machine.h"

namespace gitsync {
namespace {

constexpr int kPushers = 8;
// They push to the remote that has stalled, each to a branch of its own.
constexpr int kStalledCallers = 8;
constexpr absl::Duration kPatience = absl::Seconds(2);

// Organizations with a small repository and an app each, all of which have pushed.
class Crowd {
 public:
  Crowd() : installation_({.server = {.flags = {"--log_level=warning"}}}) {}

  Installation& installation() { return installation_; }
  double ResidentMibOfServer() { return ResidentMib(installation_.server().pid()); }

  void GrowTo(size_t size) {
    const size_t old = members_.size();
    members_.resize(size);
    ForEach(size - old, kPushers, [&](size_t i) { Join(old + i); });
  }

  // One push of each of the first `count`.
  Work Push(size_t count) {
    ++revision_;
    ForEach(count, kPushers, [this](size_t i) {
      Need(installation_.api().UpdateDefinition(
          members_[i].app, absl::StrCat("{\"revision\":", revision_, "}")));
    });
    return ForEach(count, kPushers, [this](size_t i) { PushOne(i); });
  }

 private:
  struct Member {
    TestRemote remote;
    AppAndVersion app;
  };

  void Join(size_t i) {
    Member& member = members_[i];
    const std::string organization_id = installation_.Connect(
        absl::StrCat("member ", i), installation_.host().UrlOf(member.remote.path()));
    member.app = installation_.api().CreateApp(organization_id, "Shop", kDefinition);
    PushOne(i);
  }

  void PushOne(size_t i) {
    Demand(Need(installation_.api().Push(members_[i].app, "a change")).changed(),
           "a push found nothing to do");
  }

  Installation installation_;
  std::deque<Member> members_;
  int revision_ = 0;
};

// An organization at another host, which can stall.
class Stall {
 public:
  explicit Stall(Crowd* crowd) : installation_(crowd->installation()) {
    const std::string organization_id =
        installation_.ConnectAt(host_, "stalled", host_.UrlOf(remote_.path()));
    for (int i = 0; i < kStalledCallers; ++i) {
      apps_.push_back(installation_.api().CreateApp(
          organization_id, absl::StrCat("app ", i), kDefinition));
    }
  }

  // Halts the host for as long as `work` takes, while callers go on pushing to it.
  // Returns how many of their pushes failed.
  int During(const std::function<void()>& work) {
    std::atomic<bool> over = false;
    std::atomic<int> failed = 0;
    host_.Halt();
    kill(host_.sshd()->pid(), SIGSTOP);
    std::vector<std::jthread> callers;
    for (size_t i = 0; i < apps_.size(); ++i) {
      callers.emplace_back([&, i] {
        while (!over) {
          const absl::Time start = absl::Now();
          const auto pushed = installation_.api().Push(
              apps_[i], "Into silence",
              [i](auto& request) { request.set_branch(absl::StrCat("branch-", i)); },
              {.timeout = kPatience});
          Demand(!pushed.ok(), "a remote that has stalled took a push");
          ++failed;
          // One that is refused at once asks again after a while.
          while (!over && absl::Now() < start + absl::Milliseconds(200)) {
            absl::SleepFor(absl::Milliseconds(5));
          }
        }
      });
    }
    // Until they wait for it.
    absl::SleepFor(absl::Milliseconds(200));
    work();
    over = true;
    callers.clear();
    kill(host_.sshd()->pid(), SIGCONT);
    host_.Continue();
    return failed;
  }

 private:
  Installation& installation_;
  GitHost host_{Transport::kSsh};
  const TestRemote remote_;
  std::vector<AppAndVersion> apps_;
};

}  // namespace

void MeasureOrganizations(Bench& bench) {
  const Sizes& sizes = bench.sizes();
  Crowd crowd;
  crowd.GrowTo(static_cast<size_t>(sizes.few_organizations));
  const double few = crowd.ResidentMibOfServer();
  crowd.GrowTo(static_cast<size_t>(sizes.organizations));
  const double many = crowd.ResidentMibOfServer();

  Stall stall(&crowd);
  std::vector<absl::Duration> healthy, meanwhile;
  int failed = 0;
  const auto push = [&](std::vector<absl::Duration>* times) {
    const Work work = crowd.Push(static_cast<size_t>(sizes.active));
    times->insert(times->end(), work.times.begin(), work.times.end());
  };
  std::vector<absl::Duration> warm_up;
  push(&warm_up);
  for (int window = 0; window < sizes.windows; ++window) {
    push(&healthy);
    failed += stall.During([&] { push(&meanwhile); });
  }
  const Times without(healthy), with(meanwhile);
  const Ratio ratio =
      Ratio::Of(with.p99(), without.p99(), "of the p99 without").AtMost(1.5);
  Report& report = bench.report();
  report.Part(absl::StrCat(sizes.organizations, " organizations, ", sizes.active,
                           " of them active, ", kPushers, " callers"));
  report.Row("time of a push", without);
  report.Row(absl::StrCat("the same, one more organization's remote stalled (", failed,
                          " pushes to it failed)"),
             with, &ratio);
  report.Row(absl::StrCat("gitsyncd, ", sizes.few_organizations, " organizations"),
             Ratio::Plain(few, "MiB resident"));
  report.Row(absl::StrCat("gitsyncd, ", sizes.organizations, " organizations"),
             Ratio::Plain(many, absl::StrFormat("MiB resident, %+.1f KiB for each more",
                                                (many - few) * 1024 /
                                                    (sizes.organizations -
                                                     sizes.few_organizations))));
}

}  // namespace gitsync
