// Pushes while the server is killed again and again: what it acknowledged is in the
// remote and in the store, once.
//
// GITSYNC_CRASH_ROUNDS and GITSYNC_CRASH_SEED in the environment repeat a run.

#include <sqlite3.h>

#include <algorithm>
#include <cstdlib>
#include <deque>
#include <iostream>
#include <map>
#include <memory>
#include <random>
#include <set>
#include <stop_token>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "client/lib/caller_interceptor.h"
#include "tests/integration/installation.h"

namespace gitsync {
namespace {

using ::testing::IsEmpty;

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
constexpr int kRounds = 8;
#else
constexpr int kRounds = 50;
#endif
constexpr int kAppsPerCaller = 2;
constexpr absl::Duration kSettleLimit = absl::Seconds(30);

unsigned FromEnvironment(const char* name, unsigned fallback) {
  const char* value = std::getenv(name);
  return value == nullptr ? fallback : static_cast<unsigned>(std::atol(value));
}

std::string Definition(int number) {
  return absl::StrCat(R"({"name":"app","pages":[{"id":"home","revision":)", number,
                      R"(},{"id":"about","text":"as ever"}],"revision":)", number, "}");
}

// One run of the server, as the callers see it.
struct ServerRun {
  ServerRun(const std::string& endpoint, const std::string& token)
      : api(endpoint, token) {}

  Api api;
  std::stop_source killed;

  void Acknowledge() {
    absl::MutexLock lock(&mutex_);
    acknowledged_ = true;
  }
  // Blocks until a push was acknowledged, but not for ever.
  void AwaitAcknowledgement() {
    absl::MutexLock lock(&mutex_);
    mutex_.AwaitWithTimeout(absl::Condition(&acknowledged_), absl::Seconds(10));
  }

 private:
  absl::Mutex mutex_;
  bool acknowledged_ ABSL_GUARDED_BY(mutex_) = false;
};

// Tells the callers which run to call. Thread-safe.
class CurrentRun {
 public:
  // Null: there is none at the moment.
  void Set(std::shared_ptr<ServerRun> run) {
    absl::MutexLock lock(&mutex_);
    run_ = std::move(run);
  }
  // Makes Get return null from now on.
  void End() {
    absl::MutexLock lock(&mutex_);
    ended_ = true;
  }
  // Blocks until there is a run.
  std::shared_ptr<ServerRun> Get() {
    absl::MutexLock lock(&mutex_);
    const auto ready = [this] { return ended_ || run_ != nullptr; };
    mutex_.Await(absl::Condition(&ready));
    return ended_ ? nullptr : run_;
  }

 private:
  absl::Mutex mutex_;
  std::shared_ptr<ServerRun> run_ ABSL_GUARDED_BY(mutex_);
  bool ended_ ABSL_GUARDED_BY(mutex_) = false;
};

struct Acknowledged {
  std::string operation_id;
  std::string commit_id;
  std::string repository;
};

// Changes its apps and pushes them, on a thread of its own. Nobody else changes them.
class Caller {
 public:
  Caller(CurrentRun* run, std::string repository, std::vector<AppAndVersion> apps,
         unsigned seed)
      : run_(run),
        repository_(std::move(repository)),
        apps_(std::move(apps)),
        random_(seed),
        thread_([this] { Work(); }) {}

  void Join() { thread_.join(); }

  // After Join.
  const std::vector<Acknowledged>& acknowledged() const { return acknowledged_; }
  const std::vector<std::string>& surprises() const { return surprises_; }

 private:
  void Work() {
    while (const std::shared_ptr<ServerRun> run = run_->Get()) {
      if (request_id_.empty()) {
        app_ = &apps_[random_() % apps_.size()];
        if (!Change(*run)) continue;
        request_id_ = client::NewRequestId();
      }
      Push(*run);
    }
  }

  bool Change(ServerRun& run) {
    v1::UpdateVersionRequest request;
    request.set_app_id(app_->app_id);
    request.set_version_id(app_->version_id);
    request.set_definition(Definition(++number_));
    const auto changed =
        run.api.client().Call(&v1::AppService::Stub::UpdateVersion, request,
                              {.stop = run.killed.get_token()});
    Judge(run, changed.status());
    return changed.ok();
  }

  void Push(ServerRun& run) {
    const auto pushed =
        run.api.Push(*app_, absl::StrCat("revision ", number_),
                     [this](auto& request) { request.set_request_id(request_id_); },
                     {.stop = run.killed.get_token()});
    Judge(run, pushed.status());
    if (pushed.ok()) {
      acknowledged_.push_back(
          {pushed->operation().id(), pushed->commit_id(), repository_});
      run.Acknowledge();
      if (!pushed->changed()) {
        surprises_.push_back(
            absl::StrCat("nothing changed: ", pushed->operation().id()));
      }
    } else if (run.killed.stop_requested() && random_() % 2 == 0) {
      return;  // repeats the request
    }
    request_id_.clear();
  }

  // A killed server gives no answer, and one that was started again may say that an
  // interrupted push is lost or not settled. Anything else is a fault.
  void Judge(const ServerRun& run, const absl::Status& status) {
    if (status.ok() || run.killed.stop_requested()) return;
    const std::string reason = client::ErrorOf(status).reason;
    if (reason == "INTERRUPTED" || reason == "OUTCOME_UNKNOWN") return;
    // The server may be dead already, and the callers not be told yet.
    if (absl::IsUnavailable(status) && reason.empty()) return;
    surprises_.push_back(absl::StrCat(app_->app_id, ": ", status.ToString()));
  }

  CurrentRun* const run_;
  const std::string repository_;
  const std::vector<AppAndVersion> apps_;
  std::mt19937 random_;
  const AppAndVersion* app_ = nullptr;
  std::string request_id_;  // of the push to make or repeat
  int number_ = 0;
  std::vector<Acknowledged> acknowledged_;
  std::vector<std::string> surprises_;
  std::thread thread_;  // last: it uses the others
};

// The commits of a branch that say which operation made them.
std::map<std::string, std::vector<std::string>> CommitsByOperation(
    const TestRemote& remote) {
  std::map<std::string, std::vector<std::string>> commits;
  const std::string log = remote.Git(
      {"log", "--format=%H %(trailers:key=GitSync-Operation,valueonly,separator=%x2C)",
       "master"});
  for (const std::string& line : std::vector<std::string>(absl::StrSplit(log, '\n'))) {
    const std::pair<std::string, std::string> fields =
        absl::StrSplit(line, absl::MaxSplits(' ', 1));
    if (!fields.second.empty()) commits[fields.second].push_back(fields.first);
  }
  return commits;
}

std::string IntegrityOf(const std::string& database) {
  sqlite3* handle = nullptr;
  std::string answer;
  const auto add = [](void* to, int, char** values, char**) {
    absl::StrAppend(static_cast<std::string*>(to), values[0]);
    return 0;
  };
  if (sqlite3_open_v2(database.c_str(), &handle, SQLITE_OPEN_READWRITE, nullptr) !=
          SQLITE_OK ||
      sqlite3_exec(handle, "PRAGMA integrity_check", add, &answer, nullptr) !=
          SQLITE_OK) {
    answer = sqlite3_errmsg(handle);
  }
  sqlite3_close(handle);
  return answer;
}

class CrashTest : public TransportTest {
 protected:
  // An organization that is connected to the remote, with callers that push its apps.
  void AddCallers(const std::string& name, const std::string& repository, int count) {
    const std::string organization_id = installation_.Connect(
        name, installation_.host().UrlOf(Remote(repository).path()));
    organizations_.push_back(organization_id);
    for (int i = 0; i < count; ++i) {
      std::vector<AppAndVersion> apps;
      for (int j = 0; j < kAppsPerCaller; ++j) {
        apps.push_back(installation_.api().CreateApp(
            organization_id, absl::StrCat(name, " ", i, " ", j), Definition(0)));
      }
      apps_.insert(apps_.end(), apps.begin(), apps.end());
      planned_.emplace_back(repository, apps);
    }
  }

  TestRemote& Remote(const std::string& repository) {
    return repository == "quick" ? installation_.remote() : slow_;
  }

  void Serve() {
    run_ = std::make_shared<ServerRun>(installation_.server().endpoint(),
                                       installation_.server().AdminToken());
    current_.Set(run_);
  }

  void Kill() {
    current_.Set(nullptr);
    installation_.server().Kill9();
    run_->killed.request_stop();
  }

  std::vector<v1::Operation> Operations() {
    std::vector<v1::Operation> operations;
    for (const std::string& organization_id : organizations_) {
      v1::ListOperationsRequest request;
      request.set_organization_id(organization_id);
      const auto list = run_->api.client().ListAll(
          &v1::OperationService::Stub::ListOperations, request);
      EXPECT_OK(list);
      if (!list.ok()) return {};
      operations.insert(operations.end(), list->operations().begin(),
                        list->operations().end());
    }
    return operations;
  }

  // Blocks until no operation is running, and returns all.
  std::vector<v1::Operation> EndedOperations() {
    const absl::Time give_up = absl::Now() + kSettleLimit;
    while (true) {
      std::vector<v1::Operation> operations = Operations();
      const auto running = [](const v1::Operation& operation) {
        return operation.state() == v1::OPERATION_STATE_RUNNING;
      };
      const auto open = std::count_if(operations.begin(), operations.end(), running);
      if (open == 0) return operations;
      if (absl::Now() > give_up) {
        ADD_FAILURE() << open << " operations are still running";
        return operations;
      }
      absl::SleepFor(absl::Milliseconds(50));
    }
  }

  Installation installation_{{.transport = GetParam()}};
  // Takes its time between the pack and the ref, so that many pushes are killed there.
  TestRemote slow_;
  std::vector<std::string> organizations_;
  std::vector<AppAndVersion> apps_;
  std::vector<std::pair<std::string, std::vector<AppAndVersion>>> planned_;
  std::shared_ptr<ServerRun> run_;
  CurrentRun current_;
};

GITSYNC_OVER_EACH_TRANSPORT(CrashTest);

TEST_P(CrashTest, AcknowledgedPushesSurviveKillsOnce) {
  const unsigned seed = FromEnvironment("GITSYNC_CRASH_SEED", std::random_device()());
  const int rounds = static_cast<int>(FromEnvironment("GITSYNC_CRASH_ROUNDS", kRounds));
  std::cout << "GITSYNC_CRASH_SEED=" << seed << " GITSYNC_CRASH_ROUNDS=" << rounds
            << std::endl;
  std::mt19937 random(seed);
  slow_.SetHook("pre-receive", "#!/bin/sh\nsleep 0.0$(($$ % 10))\n");
  // Two organizations share a repository, so that their pushes race for its branch.
  AddCallers("one", "quick", 2);
  AddCallers("two", "quick", 2);
  AddCallers("three", "slow", 2);
  ASSERT_FALSE(HasFailure());
  Serve();

  std::deque<Caller> callers;
  for (auto& [repository, apps] : planned_) {
    callers.emplace_back(&current_, repository, apps, random());
  }
  for (int round = 0; round < rounds && !HasFailure(); ++round) {
    // Every other kill comes when pushes are under way for certain, however slow the
    // machine is; the rest may hit the start and the recovery.
    if (round % 2 == 0) run_->AwaitAcknowledgement();
    absl::SleepFor(
        absl::Milliseconds(std::uniform_int_distribution<>(10, 300)(random)));
    Kill();
    installation_.server().Restart();
    Serve();
  }
  current_.End();
  for (Caller& caller : callers) caller.Join();
  const std::vector<v1::Operation> operations = EndedOperations();

  std::map<std::string, v1::Operation> by_id;
  for (const v1::Operation& operation : operations) by_id[operation.id()] = operation;
  std::map<std::string, std::map<std::string, std::vector<std::string>>> commits;
  for (const char* repository : {"quick", "slow"}) {
    commits[repository] = CommitsByOperation(Remote(repository));
  }
  int acknowledged = 0;
  for (const Caller& caller : callers) {
    EXPECT_THAT(caller.surprises(), IsEmpty());
    for (const Acknowledged& push : caller.acknowledged()) {
      ++acknowledged;
      const v1::Operation& kept = by_id[push.operation_id];
      EXPECT_EQ(kept.state(), v1::OPERATION_STATE_SUCCEEDED) << push.operation_id;
      EXPECT_EQ(kept.commit_id(), push.commit_id) << push.operation_id;
      EXPECT_EQ(commits[push.repository][push.operation_id],
                std::vector<std::string>({push.commit_id}))
          << push.operation_id;
    }
  }
  // What was not acknowledged is in both or in neither, too.
  int on_remote = 0;
  for (const auto& [repository, made] : commits) {
    for (const auto& [operation_id, ids] : made) {
      ++on_remote;
      const v1::Operation& kept = by_id[operation_id];
      EXPECT_EQ(kept.state(), v1::OPERATION_STATE_SUCCEEDED) << kept.DebugString();
      EXPECT_EQ(ids, std::vector<std::string>({kept.commit_id()})) << operation_id;
    }
  }
  std::map<std::string, int> states;
  for (const v1::Operation& operation : operations) {
    ++states[absl::StrCat(v1::OperationState_Name(operation.state()), " ",
                          operation.error_reason())];
  }
  EXPECT_EQ(on_remote, states["OPERATION_STATE_SUCCEEDED "]);
  for (const AppAndVersion& app : apps_) {
    EXPECT_OK(run_->api.UpdateDefinition(app, Definition(-1)));
    EXPECT_OK(run_->api.Push(app, "last"));
  }
  for (const char* repository : {"quick", "slow"}) {
    EXPECT_TRUE(Remote(repository).FsckClean());
    EXPECT_EQ(Remote(repository).Git({"rev-list", "--min-parents=2", "master"}), "");
  }
  EXPECT_EQ(installation_.server().Terminate(), 0);
  EXPECT_EQ(IntegrityOf(installation_.server().data_dir() + "/gitsync.db"), "ok");
  EXPECT_GE(acknowledged, rounds / 2);
  std::cout << acknowledged << " acknowledged, " << on_remote << " on the remotes";
  for (const auto& [state, count] : states) std::cout << ", " << count << " " << state;
  std::cout << std::endl;
}

}  // namespace
}  // namespace gitsync
