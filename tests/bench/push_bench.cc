// Times a push of one change to a repository of many apps, by GitSync and by git, over
// one OpenSSH server; prints a Markdown table. See `tests/bench/run --help`.
//
// Each way has a repository of its own, all alike, so that none finds the remote moved
// by another. In each round every way pushes once: noise of the machine hits all. A
// clone for each push takes so long that a few rounds tell enough.

#include <sys/utsname.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <functional>
#include <iostream>
#include <iterator>
#include <memory>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_replace.h"
#include "absl/strings/str_split.h"
#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "tests/bench/ready_pack.h"
#include "tests/integration/installation.h"

namespace gitsync {
namespace {

constexpr int kPages = 6;
constexpr char kAppName[] = "app 0000";
constexpr char kSlug[] = "app-0000";
// What a round changes, and where git finds it.
constexpr char kChangedFile[] = "apps/app-0000/definition/pages/page-0.json";

std::string Definition(int revision) {
  std::string pages;
  for (int page = 0; page < kPages; ++page) {
    absl::StrAppend(&pages, page == 0 ? "" : ",", R"({"id":"page-)", page,
                    R"(","revision":)", page == 0 ? revision : 0, R"(,"widgets":[)");
    for (int widget = 0; widget < 12; ++widget) {
      absl::StrAppend(&pages, widget == 0 ? "" : ",",
                      R"({"kind":"field","label":"Field )", widget, " of ", kAppName,
                      R"(","width":)", 40 + widget, "}");
    }
    absl::StrAppend(&pages, "]}");
  }
  return absl::StrCat(R"({"title":")", kAppName, R"(","pages":[)", pages, "]}");
}

std::string Number(int number) { return absl::StrFormat("%04d", number); }

// Ends the program: a table with a failed push in it would be worth nothing.
void Demand(bool good, const std::string& what) {
  if (good) return;
  std::cerr << "push_bench: " << what << std::endl;
  std::exit(1);
}

std::string RunOrEnd(const std::vector<std::string>& arguments,
                     const std::vector<std::string>& environment = {}) {
  CommandResult result = RunCommand(arguments, environment);
  Demand(result.status == 0,
         absl::StrCat(arguments[0], " ", arguments[1], " failed: ", result.output));
  return std::move(result.output);
}

std::string ReadText(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  return std::string(std::istreambuf_iterator<char>(file), {});
}

// Copies the one app of the repository until there are `apps`, each with names and
// contents of its own.
void MultiplyApp(const TestRemote& remote, int apps) {
  std::string stream =
      "commit refs/heads/master\ncommitter Bench <bench@example.com> 1700000000 +0000\n"
      "data 9\nmore apps\nfrom refs/heads/master^0\n";
  const std::string list =
      remote.Git({"ls-tree", "-r", "--name-only", "master", "apps"});
  const std::vector<std::string> files = absl::StrSplit(list, '\n');
  for (const std::string& file : files) {
    const std::string content = remote.File("master", file);
    for (int app = 1; app < apps; ++app) {
      std::string copy =
          absl::StrReplaceAll(content, {{kAppName, absl::StrCat("app ", Number(app))},
                                        {kSlug, absl::StrCat("app-", Number(app))}});
      if (absl::EndsWith(file, "/app.json")) {
        // The id in the repository is a UUID; its first digits make it another one.
        const size_t key = copy.find("\"git_app_id\": \"");
        Demand(key != std::string::npos, "app.json has no git_app_id");
        copy.replace(copy.find('"', key + 13) + 1, 4, Number(app));
      }
      absl::StrAppend(&stream, "M 100644 inline ",
                      absl::StrReplaceAll(file, {{"0000", Number(app)}}), "\ndata ",
                      copy.size(), "\n", copy, "\n");
    }
  }
  const TempDir dir;
  WriteTestFile(dir / "stream", stream);
  RunOrEnd({"sh", "-c", R"(git -C "$1" fast-import --quiet <"$2")", "sh", remote.path(),
            dir / "stream"});
}

// One way to push, with the times that it took.
struct Way {
  std::string name;
  std::function<void(int round)> prepare;  // not timed
  std::function<void()> push;
  int most_rounds = 10000;
  std::vector<absl::Duration> times = {};
};

double Milliseconds(absl::Duration duration) {
  return absl::ToDoubleMilliseconds(duration);
}

// `times` is sorted.
absl::Duration Percentile(const std::vector<absl::Duration>& times, double part) {
  const auto index =
      static_cast<size_t>(part * static_cast<double>(times.size() - 1) + 0.5);
  return times[index];
}

// git as a user runs it, with an empty home folder and a key of its own.
class GitUser {
 public:
  explicit GitUser(TestSshd* sshd) {
    const TestSshKey key = TestSshKey::Generate("ed25519");
    WriteTestFile(dir_ / "key", key.private_key);
    RunOrEnd({"chmod", "600", dir_ / "key"});
    WriteTestFile(dir_ / "known_hosts", absl::StrCat("[127.0.0.1]:", sshd->port(), " ",
                                                     sshd->HostKey(), "\n"));
    std::filesystem::create_directory(dir_ / "home");
    sshd->Authorize(key.public_key);
    ssh_ = absl::StrCat(
        "ssh -F none -i ", dir_ / "key",
        " -o IdentitiesOnly=yes -o UserKnownHostsFile=", dir_ / "known_hosts");
    multiplexed_ssh_ = absl::StrCat(ssh_, " -o ControlPath=", dir_ / "control");
    // One that stays, as ControlPersist leaves it.
    RunOrEnd({"sh", "-c",
              absl::StrCat(multiplexed_ssh_,
                           " -o ControlMaster=yes -o ControlPersist=600 -fN -p ",
                           sshd->port(), " ", sshd->user(),
                           "@127.0.0.1 </dev/null >/dev/null 2>&1")});
    end_ = {"sh", "-c",
            absl::StrCat(multiplexed_ssh_, " -O exit -p ", sshd->port(), " ",
                         sshd->user(), "@127.0.0.1")};
  }
  ~GitUser() { RunCommand(end_); }

  std::string Folder(const std::string& name) const { return dir_ / name; }

  // Returns what it prints.
  std::string Git(const std::vector<std::string>& arguments,
                  bool multiplexed = false) const {
    std::vector<std::string> command = {"git"};
    command.insert(command.end(), arguments.begin(), arguments.end());
    return RunOrEnd(
        command,
        {absl::StrCat("HOME=", dir_ / "home"), "GIT_CONFIG_NOSYSTEM=1",
         absl::StrCat("GIT_SSH_COMMAND=", multiplexed ? multiplexed_ssh_ : ssh_),
         "GIT_AUTHOR_NAME=Bench", "GIT_AUTHOR_EMAIL=bench@example.com",
         "GIT_COMMITTER_NAME=Bench", "GIT_COMMITTER_EMAIL=bench@example.com"});
  }

  void Commit(const std::string& clone, int round) const {
    const std::string path = absl::StrCat(clone, "/", kChangedFile);
    std::string page = ReadText(path);
    const size_t start = page.find("\"revision\": ");
    Demand(start != std::string::npos, "the page has no revision");
    const size_t digits = start + 12;
    page.replace(digits, page.find_first_not_of("0123456789", digits) - digits,
                 absl::StrCat(round));
    WriteTestFile(path, page);
    Git({"-C", clone, "commit", "-q", "-a", "-m", absl::StrCat("round ", round)});
  }

 private:
  TempDir dir_;
  std::string ssh_;
  std::string multiplexed_ssh_;
  std::vector<std::string> end_;
};

// The first rounds make connections and warm caches.
constexpr int kWarmUps = 2;
// Of what takes many seconds each.
constexpr int kSlowRounds = 3;
// What the others are compared with.
constexpr int kMultiplexed = 2;

class Bench {
 public:
  explicit Bench(int apps) : apps_(apps), user_(&installation_.sshd()) {
    app_ = installation_.api().CreateApp(installation_.dev(), kAppName, Definition(0));
    Push(0);
    MultiplyApp(installation_.remote(), apps);
    installation_.remote().Git({"repack", "-a", "-d", "-q"});
    // Brings the mirror up to date.
    const auto listed = installation_.api().ListGitApps(installation_.dev());
    Demand(listed.ok() && listed->apps_size() == apps,
           absl::StrCat("the repository has not its ", apps, " apps"));
    AddGitSync();
    AddReadyPack();
    AddGitPush("git push, multiplexed connection", /*multiplexed=*/true);
    AddGitPush("git push, cold", /*multiplexed=*/false);
    AddCloneCommitPush();
  }

  void Measure(int rounds) {
    for (int round = 1; round <= rounds + kWarmUps; ++round) {
      for (Way& way : ways_) {
        if (round > way.most_rounds) continue;
        way.prepare(round);
        // What the one before left running (processes that end, housekeeping) is not
        // this one's cost.
        absl::SleepFor(absl::Milliseconds(50));
        const absl::Time start = absl::Now();
        way.push();
        if (round > kWarmUps) way.times.push_back(absl::Now() - start);
      }
    }
    for (Way& way : ways_) std::sort(way.times.begin(), way.times.end());
  }

  void Print(const std::string& load_before) const {
    std::string cpu = "unknown CPU";
    const std::string info = ReadText("/proc/cpuinfo");
    if (const size_t model = info.find("model name"); model != std::string::npos) {
      const size_t start = info.find(": ", model) + 2;
      cpu = info.substr(start, info.find('\n', start) - start);
    }
    utsname system = {};
    uname(&system);
    std::cout << "One changed file among " << apps_ << " apps, "
              << ways_[0].times.size() << " rounds. " << cpu << ", "
              << std::thread::hardware_concurrency() << " cores, " << system.sysname
              << " " << system.release << "; " << GITSYNC_BUILD_TYPE << " build; "
              << RunOrEnd({"git", "--version"}).substr(0, 18) << "; load before "
              << load_before << ", after " << Load() << ".\n\n"
              << "| Push | median ms | p99 ms | least ms | median to multiplexed |\n"
              << "|---|---:|---:|---:|---:|\n";
    const double base = Milliseconds(Percentile(ways_[kMultiplexed].times, 0.5));
    for (const Way& way : ways_) {
      const double median = Milliseconds(Percentile(way.times, 0.5));
      std::cout << absl::StrFormat("| %s | %.1f | %.1f | %.1f | %.2f |\n", way.name,
                                   median, Milliseconds(Percentile(way.times, 0.99)),
                                   Milliseconds(way.times.front()), median / base);
    }
    std::cout << std::flush;
  }

  static std::string Load() {
    const std::string load = ReadText("/proc/loadavg");
    return load.substr(0, load.find(' '));
  }

 private:
  // The repository's copy for another way to push.
  std::string Copy(const std::string& name) {
    const std::string path = user_.Folder(name + ".git");
    RunOrEnd({"cp", "-r", installation_.remote().path(), path});
    return installation_.sshd().Url(path);
  }

  void Push(int round) {
    const auto pushed = installation_.api().Push(app_, absl::StrCat("round ", round));
    Demand(pushed.ok() && pushed->changed(), pushed.status().ToString());
  }

  void AddGitSync() {
    ways_.push_back({"GitSync, PushAppVersion over gRPC",
                     [this](int round) {
                       round_ = round;
                       const auto changed = installation_.api().UpdateDefinition(
                           app_, Definition(round));
                       Demand(changed.ok(), changed.status().ToString());
                     },
                     [this] { Push(round_); }});
  }

  void AddReadyPack() {
    const std::string url = Copy("ready");
    const std::string clone = user_.Folder("ready");
    user_.Git({"clone", "-q", url, clone});
    ready_pack_ = std::make_unique<ReadyPack>(&installation_.sshd(), url);
    ways_.push_back(
        {"the remote's own part: a ready pack on a live session",
         [this, clone](int round) {
           ready_pack_->Finish();
           user_.Commit(clone, round);
           const auto id = [&](const std::string& name) {
             return user_.Git({"-C", clone, "rev-parse", name}).substr(0, 40);
           };
           old_id_ = id("HEAD~1");
           new_id_ = id("HEAD");
           pack_ = RunOrEnd({"sh", "-c",
                             R"(printf 'HEAD\n^HEAD~1\n' |)"
                             R"( git -C "$1" pack-objects -q --revs --stdout)",
                             "sh", clone});
         },
         [this] {
           Demand(ready_pack_->Push(old_id_, new_id_, pack_),
                  "a ready pack was refused");
         }});
  }

  void AddGitPush(const std::string& name, bool multiplexed) {
    const std::string key = multiplexed ? "multiplexed" : "cold";
    const std::string clone = user_.Folder(key);
    user_.Git({"clone", "-q", Copy(key), clone});
    ways_.push_back(
        {name, [this, clone](int round) { user_.Commit(clone, round); },
         [this, clone, multiplexed] {
           user_.Git({"-C", clone, "push", "-q", "origin", "master"}, multiplexed);
         }});
  }

  void AddCloneCommitPush() {
    const std::string clone = user_.Folder("each-time");
    ways_.push_back({"clone, commit, push each time",
                     [this, clone](int round) {
                       round_ = round;
                       std::filesystem::remove_all(clone);
                     },
                     [this, clone, url = Copy("each-time")] {
                       user_.Git({"clone", "-q", url, clone});
                       user_.Commit(clone, round_);
                       user_.Git({"-C", clone, "push", "-q", "origin", "master"});
                     },
                     kWarmUps + kSlowRounds});
  }

  const int apps_;
  Installation installation_;
  GitUser user_;
  AppAndVersion app_;
  int round_ = 0;
  std::unique_ptr<ReadyPack> ready_pack_;
  std::string old_id_, new_id_, pack_;  // of the next ready pack
  std::vector<Way> ways_;
};

}  // namespace
}  // namespace gitsync

int main(int argc, char** argv) {
  int rounds = 50;
  int apps = 1000;
  for (int i = 1; i < argc; ++i) {
    const std::pair<std::string, std::string> flag =
        absl::StrSplit(argv[i], absl::MaxSplits('=', 1));
    int* const value = flag.first == "--rounds" ? &rounds
                       : flag.first == "--apps" ? &apps
                                                : nullptr;
    gitsync::Demand(value != nullptr && absl::SimpleAtoi(flag.second, value) &&
                        *value > 0 && *value < 10000,
                    "usage: push_bench [--rounds=N] [--apps=N]");
  }
  const std::string load = gitsync::Bench::Load();
  gitsync::Bench bench(apps);
  bench.Measure(rounds);
  bench.Print(load);
  return testing::UnitTest::GetInstance()->ad_hoc_test_result().Failed() ? 1 : 0;
}
