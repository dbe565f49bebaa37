// Times a push of one change to a repository of many apps, by GitSync and by git, over
// OpenSSH's server and over nginx with TLS, and the question whether there is something
// new; prints Markdown tables. See `tests/bench/run --help`.

#include <gtest/gtest.h>
#include <sys/utsname.h>

#include <deque>
#include <iostream>
#include <memory>
#include <string>
#include <thread>
#include <utility>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "tests/bench/site.h"

namespace gitsync {
namespace {

constexpr char kUsage[] =
    "usage: push_bench [--rounds=N] [--apps=N] [--only=ssh|https|reads]";

struct Options {
  int rounds = 50;
  int apps = 1000;
  std::string only = "";  // all parts
};

Options ReadOptions(int argc, char** argv) {
  Options options;
  for (int i = 1; i < argc; ++i) {
    const std::pair<std::string, std::string> flag =
        absl::StrSplit(argv[i], absl::MaxSplits('=', 1));
    const auto& [name, value] = flag;
    if (name == "--only") {
      Demand(value == "ssh" || value == "https" || value == "reads", kUsage);
      options.only = value;
      continue;
    }
    int* const number = name == "--rounds" ? &options.rounds
                        : name == "--apps" ? &options.apps
                                           : nullptr;
    Demand(number != nullptr && absl::SimpleAtoi(value, number) && *number > 0 &&
               *number < 10000,
           kUsage);
  }
  return options;
}

std::string Load() {
  const std::string load = ReadText("/proc/loadavg");
  return load.substr(0, load.find(' '));
}

std::string Machine() {
  std::string cpu = "unknown CPU";
  const std::string info = ReadText("/proc/cpuinfo");
  if (const size_t model = info.find("model name"); model != std::string::npos) {
    const size_t start = info.find(": ", model) + 2;
    cpu = info.substr(start, info.find('\n', start) - start);
  }
  utsname system = {};
  uname(&system);
  return absl::StrCat(cpu, ", ", std::thread::hardware_concurrency(), " cores, ",
                      system.sysname, " ", system.release, "; ", GITSYNC_BUILD_TYPE,
                      " build; ", RunOrEnd({"git", "--version"}).substr(0, 18));
}

// The parts that were asked for, and the sites that they need.
class Bench {
 public:
  explicit Bench(const Options& options) {
    const auto asked = [&](const std::string& part) {
      return options.only.empty() || options.only == part;
    };
    if (asked("ssh") || asked("reads")) {
      ssh_ = std::make_unique<Site>(Transport::kSsh, options.apps);
    }
    if (asked("https") || asked("reads")) {
      https_ = std::make_unique<Site>(Transport::kHttps, options.apps);
    }
    if (asked("ssh")) AddSsh();
    if (asked("https")) AddHttps();
    if (asked("reads")) AddReads();
  }

  // One part after the other, as each keeps other connections warm.
  void Measure(int rounds) {
    for (Timings& part : parts_) part.Measure(rounds);
  }

  void Print() const {
    for (const Timings& part : parts_) std::cout << "\n" << part.Table();
    std::cout << std::flush;
  }

 private:
  void AddSsh() {
    Timings& part = parts_.emplace_back("Push over SSH", "multiplexed");
    constexpr size_t kMultiplexed = 2;
    part.Add(ssh_->PushByGitSync(), kMultiplexed);
    part.Add(ssh_->PushReadyPack(), kMultiplexed);
    part.Add(ssh_->PushByGit("git push, multiplexed connection", /*multiplexed=*/true),
             kMultiplexed);
    part.Add(ssh_->PushByGit("git push, cold", /*multiplexed=*/false), kMultiplexed);
    part.Add(ssh_->CloneCommitPush(), kMultiplexed);
  }

  void AddHttps() {
    Timings& part = parts_.emplace_back("Push over HTTPS", "git push");
    part.Add(https_->PushByGitSync(), /*base=*/1);
    part.Add(https_->PushByGit("git push", /*multiplexed=*/false), /*base=*/1);
  }

  void AddReads() {
    Timings& part = parts_.emplace_back("Read, nothing new", "git ls-remote");
    part.Add(ssh_->CheckForUpdates("SSH: GitSync, CheckForUpdates over gRPC"),
             /*base=*/1);
    part.Add(ssh_->LsRemote("SSH: git ls-remote, multiplexed connection",
                            /*multiplexed=*/true),
             /*base=*/1);
    part.Add(https_->CheckForUpdates("HTTPS: GitSync, CheckForUpdates over gRPC"),
             /*base=*/3);
    part.Add(https_->LsRemote("HTTPS: git ls-remote", /*multiplexed=*/false),
             /*base=*/3);
  }

  std::unique_ptr<Site> ssh_;
  std::unique_ptr<Site> https_;
  std::deque<Timings> parts_;
};

}  // namespace
}  // namespace gitsync

int main(int argc, char** argv) {
  const gitsync::Options options = gitsync::ReadOptions(argc, argv);
  const std::string load = gitsync::Load();
  gitsync::Bench bench(options);
  bench.Measure(options.rounds);
  std::cout << "One changed file among " << options.apps << " apps, " << options.rounds
            << " rounds. " << gitsync::Machine() << "; load before " << load
            << ", after " << gitsync::Load() << ".\n";
  bench.Print();
  return testing::UnitTest::GetInstance()->ad_hoc_test_result().Failed() ? 1 : 0;
}
