#include "tests/integration/push_load.h"

#include <sqlite3.h>

#include <algorithm>
#include <cstdlib>
#include <iostream>
#include <random>
#include <thread>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/time/clock.h"
#include "client/lib/caller_interceptor.h"
#include "tests/support/slowness.h"

namespace gitsync {
namespace {

using ::testing::IsEmpty;

constexpr int kAppsPerCaller = 2;
// Longer than recovery ever waits between two tries.
constexpr absl::Duration kSettleLimit = absl::Minutes(2);

std::string Definition(int number) {
  return absl::StrCat(R"({"name":"app","pages":[{"id":"home","revision":)", number,
                      R"(},{"id":"about","text":"as ever"}],"revision":)", number, "}");
}

struct Acknowledged {
  std::string operation_id;
  std::string commit_id;
};

}  // namespace

unsigned FromEnvironment(const char* name, unsigned fallback) {
  const char* value = std::getenv(name);
  return value == nullptr ? fallback : static_cast<unsigned>(std::atol(value));
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

void ExpectQuick(std::vector<absl::Duration> recoveries) {
  if (recoveries.empty()) return;
  std::sort(recoveries.begin(), recoveries.end());
  const absl::Duration limit =
      absl::Seconds(FromEnvironment("GITSYNC_RECOVERY_LIMIT_SECONDS", 120)) * kSlowness;
  EXPECT_LT(recoveries.back(), limit);
  std::cout << recoveries.size() << " recoveries, median "
            << recoveries[recoveries.size() / 2] << ", longest " << recoveries.back()
            << std::endl;
}

// Changes its apps and pushes them, on a thread of its own. Nobody else changes them.
class PushLoad::Caller {
 public:
  Caller(CurrentRun* run, const std::set<std::string>* expected,
         const PlannedCaller& plan, unsigned seed)
      : run_(run), expected_(expected), plan_(plan), random_(seed), thread_([this] {
          Work();
        }) {}

  void Join() {
    if (thread_.joinable()) thread_.join();
  }

  const PlannedCaller& plan() const { return plan_; }
  // After Join.
  const std::vector<Acknowledged>& acknowledged() const { return acknowledged_; }
  const std::vector<std::string>& surprises() const { return surprises_; }

 private:
  void Work() {
    while (const std::shared_ptr<ServerRun> run = run_->Get()) {
      if (request_id_.empty()) {
        app_ = &plan_.apps[random_() % plan_.apps.size()];
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
    const auto changed = run.api.client().Call(
        &v1::AppService::Stub::UpdateVersion, request, {.stop = run.ended.get_token()});
    Judge(run, changed.status());
    return changed.ok();
  }

  void Push(ServerRun& run) {
    const auto pushed =
        run.api.Push(*app_, absl::StrCat("revision ", number_),
                     [this](auto& request) { request.set_request_id(request_id_); },
                     {.stop = run.ended.get_token()});
    Judge(run, pushed.status());
    if (pushed.ok()) {
      acknowledged_.push_back({pushed->operation().id(), pushed->commit_id()});
      run.Acknowledge();
      if (!pushed->changed()) {
        surprises_.push_back(
            absl::StrCat("nothing changed: ", pushed->operation().id()));
      }
    } else if (run.ended.stop_requested() && random_() % 2 == 0) {
      return;  // repeats the request
    }
    request_id_.clear();
  }

  // A server that is ended gives no answer.
  void Judge(const ServerRun& run, const absl::Status& status) {
    if (status.ok() || run.ended.stop_requested()) return;
    const std::string reason = client::ErrorOf(status).reason;
    if (expected_->contains(reason)) return;
    // The server may be dead already, and the callers not be told yet. What comes while
    // it closes its connections, gRPC itself cancels.
    if ((absl::IsUnavailable(status) || absl::IsCancelled(status)) && reason.empty()) {
      return;
    }
    surprises_.push_back(absl::StrCat(app_->app_id, ": ", status.ToString()));
  }

  CurrentRun* const run_;
  const std::set<std::string>* const expected_;
  const PlannedCaller plan_;
  std::mt19937 random_;
  const AppAndVersion* app_ = nullptr;
  std::string request_id_;  // of the push to make or repeat
  int number_ = 0;
  std::vector<Acknowledged> acknowledged_;
  std::vector<std::string> surprises_;
  std::thread thread_;  // last: it uses the others
};

PushLoad::PushLoad(Installation* installation, std::set<std::string> expected,
                   unsigned seed)
    : installation_(installation), expected_(std::move(expected)), seed_(seed) {}

PushLoad::~PushLoad() {
  ServerEnded();
  Finish();
}

std::string PushLoad::AddCallers(const std::string& name, TestRemote& remote,
                                 int count) {
  const std::string organization_id =
      installation_->Connect(name, installation_->host().UrlOf(remote.path()));
  repositories_.push_back({&remote, organization_id});
  for (int i = 0; i < count; ++i) {
    std::vector<AppAndVersion> apps;
    for (int j = 0; j < kAppsPerCaller; ++j) {
      apps.push_back(installation_->api().CreateApp(
          organization_id, absl::StrCat(name, " ", i, " ", j), Definition(0)));
    }
    planned_.push_back({repositories_.size() - 1, std::move(apps)});
  }
  return organization_id;
}

void PushLoad::Start() {
  run_ = std::make_shared<ServerRun>(installation_->server());
  current_.Set(run_);
  if (!callers_.empty()) return;
  std::mt19937 random(seed_);
  for (const PlannedCaller& plan : planned_) {
    callers_.emplace_back(&current_, &expected_, plan, random());
  }
}

absl::Duration PushLoad::Recover() {
  const absl::Time start = absl::Now();
  installation_->server().Restart();
  run_ = std::make_shared<ServerRun>(installation_->server());
  const std::vector<std::string> open = OpenOperations();
  Start();
  for (const std::string& id : open) {
    const auto ended =
        run_->api.client().WaitForOperation(id, start + absl::Minutes(2) * kSlowness);
    EXPECT_OK(ended) << id;
  }
  return absl::Now() - start;
}

std::vector<std::string> PushLoad::OpenOperations() {
  std::vector<std::string> open;
  for (const Repository& repository : repositories_) {
    v1::ListOperationsRequest request;
    request.set_organization_id(repository.organization_id);
    const auto list = [&] {
      return run_->api.client().ListAll(&v1::OperationService::Stub::ListOperations,
                                        request, /*limit=*/1000);
    };
    auto newest = list();
    // On a busy machine the server may be slow to take its first connection.
    const absl::Time give_up = absl::Now() + absl::Minutes(1);
    while (absl::IsUnavailable(newest.status()) && absl::Now() < give_up) {
      newest = list();
    }
    EXPECT_OK(newest);
    if (!newest.ok()) continue;
    for (const v1::Operation& operation : newest->operations()) {
      if (operation.state() == v1::OPERATION_STATE_RUNNING) {
        open.push_back(operation.id());
      }
    }
  }
  return open;
}

bool PushLoad::AwaitAcknowledgement() { return run_->AwaitAcknowledgement(); }

void PushLoad::Pause() { current_.Set(nullptr); }

void PushLoad::ServerEnded() {
  Pause();
  if (run_ != nullptr) run_->ended.request_stop();
}

void PushLoad::Finish() {
  current_.End();
  for (Caller& caller : callers_) caller.Join();
}

std::vector<v1::Operation> PushLoad::Operations() {
  std::vector<v1::Operation> operations;
  for (const Repository& repository : repositories_) {
    v1::ListOperationsRequest request;
    request.set_organization_id(repository.organization_id);
    const auto list = run_->api.client().ListAll(
        &v1::OperationService::Stub::ListOperations, request);
    EXPECT_OK(list);
    if (!list.ok()) return {};
    operations.insert(operations.end(), list->operations().begin(),
                      list->operations().end());
  }
  return operations;
}

std::vector<v1::Operation> PushLoad::EndedOperations() {
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

void PushLoad::JudgeCallers(const std::map<std::string, v1::Operation>& operations,
                            Outcome& outcome) {
  for (const Caller& caller : callers_) {
    EXPECT_THAT(caller.surprises(), IsEmpty());
    auto& commits = commits_[repositories_[caller.plan().repository].remote];
    for (const Acknowledged& push : caller.acknowledged()) {
      ++outcome.acknowledged;
      const auto kept = operations.find(push.operation_id);
      if (kept == operations.end()) {
        ADD_FAILURE() << "no operation " << push.operation_id;
        continue;
      }
      EXPECT_EQ(kept->second.state(), v1::OPERATION_STATE_SUCCEEDED)
          << push.operation_id;
      EXPECT_EQ(kept->second.commit_id(), push.commit_id) << push.operation_id;
      EXPECT_EQ(commits[push.operation_id], std::vector<std::string>({push.commit_id}))
          << push.operation_id;
    }
  }
}

// What was not acknowledged is in both or in neither, too.
void PushLoad::JudgeRemotes(const std::map<std::string, v1::Operation>& operations,
                            Outcome& outcome) {
  for (const auto& [remote, made] : commits_) {
    for (const auto& [operation_id, ids] : made) {
      if (ids.empty()) continue;
      ++outcome.on_remotes;
      const auto kept = operations.find(operation_id);
      if (kept == operations.end()) {
        ADD_FAILURE() << "the remote has the push of no operation " << operation_id;
        continue;
      }
      EXPECT_EQ(kept->second.state(), v1::OPERATION_STATE_SUCCEEDED)
          << kept->second.DebugString();
      EXPECT_EQ(ids, std::vector<std::string>({kept->second.commit_id()}))
          << operation_id;
    }
  }
}

PushLoad::Outcome PushLoad::Judge() {
  Outcome outcome;
  std::map<std::string, v1::Operation> operations;
  for (const v1::Operation& operation : EndedOperations()) {
    operations[operation.id()] = operation;
    ++outcome.states[absl::StrCat(v1::OperationState_Name(operation.state()), " ",
                                  operation.error_reason())];
  }
  for (const Repository& repository : repositories_) {
    commits_[repository.remote] = CommitsByOperation(*repository.remote);
  }
  JudgeCallers(operations, outcome);
  JudgeRemotes(operations, outcome);
  EXPECT_EQ(outcome.on_remotes, outcome.states["OPERATION_STATE_SUCCEEDED "]);
  for (const PlannedCaller& plan : planned_) {
    for (const AppAndVersion& app : plan.apps) {
      EXPECT_OK(run_->api.UpdateDefinition(app, Definition(-1)));
      EXPECT_OK(run_->api.Push(app, "last"));
    }
  }
  for (const auto& [remote, made] : commits_) {
    EXPECT_TRUE(remote->FsckClean());
    EXPECT_EQ(remote->Git({"rev-list", "--min-parents=2", "master"}), "");
  }
  EXPECT_EQ(installation_->server().Terminate(), 0);
  EXPECT_EQ(IntegrityOf(installation_->server().data_dir() + "/gitsync.db"), "ok");
  std::cout << outcome.acknowledged << " acknowledged, " << outcome.on_remotes
            << " on the remotes";
  for (const auto& [state, count] : outcome.states) {
    std::cout << ", " << count << " " << state;
  }
  std::cout << std::endl;
  return outcome;
}

}  // namespace gitsync
