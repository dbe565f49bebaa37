// Callers that push without a pause while the server has a hard time, and the judgement
// afterwards: what was acknowledged is in the remote and in the store, once.

#ifndef GITSYNC_TESTS_INTEGRATION_PUSH_LOAD_H_
#define GITSYNC_TESTS_INTEGRATION_PUSH_LOAD_H_

#include <deque>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "absl/time/time.h"
#include "tests/integration/installation.h"
#include "tests/integration/server_run.h"

namespace gitsync {

// The number in the environment variable `name`, or `fallback`: to repeat a run, or to
// make it longer.
unsigned FromEnvironment(const char* name, unsigned fallback);

// What SQLite's integrity_check says of a database that nobody has open: "ok".
std::string IntegrityOf(const std::string& database);

// The commits of a remote's master that say which operation made them, by operation.
std::map<std::string, std::vector<std::string>> CommitsByOperation(
    const TestRemote& remote);

// Fails the test if a recovery took GITSYNC_RECOVERY_LIMIT_SECONDS in the environment
// or more (30 where other tests run beside it; longer in a slow build), and says how
// long they took.
void ExpectQuick(std::vector<absl::Duration> recoveries);

// Each caller is a thread that changes apps of its own and pushes them, one after the
// other. The methods are for one thread, the test's.
class PushLoad {
 public:
  // `installation` must outlive this. An error whose reason is not in `expected` is a
  // fault, unless it comes of the server's end; so is any error without a reason.
  PushLoad(Installation* installation, std::set<std::string> expected, unsigned seed);
  // Ends the callers.
  ~PushLoad();

  // An organization that is connected to `remote`, which must outlive this, and callers
  // that push its apps. Returns the organization's id. Before Start.
  std::string AddCallers(const std::string& name, TestRemote& remote, int count);

  // Lets the callers call the server as it runs now, also after it was started again.
  void Start();
  // Starts the ended server again, lets the callers call it, and blocks until every
  // operation that was open at the end has ended: a minute at most, or the test fails.
  // Returns how long that took.
  absl::Duration Recover();
  // Blocks until a push was acknowledged since Start, but not for ever; whether one
  // was.
  bool AwaitAcknowledgement();
  // Lets the callers begin no more calls until Start. Call it before SIGKILL.
  void Pause();
  // Tells the callers that the server has ended: calls that still wait for it are given
  // up, and half of the callers repeat theirs after the next Start.
  void ServerEnded();
  // Ends the callers, blocking until their calls have ended. They can't be started any
  // more.
  void Finish();

  // After Finish: waits until the server has ended every operation, and fails the test
  // for each push that was acknowledged and is lost or there twice, for each one that
  // is in the remote or the store alone, and if an app can't be pushed any more. Then
  // stops the server, and looks at its database and the remotes.
  struct Outcome {
    int acknowledged = 0;
    int on_remotes = 0;
    std::map<std::string, int> states;  // of operations, with the reason
  };
  Outcome Judge();

 private:
  class Caller;
  struct Repository {
    TestRemote* remote;
    std::string organization_id;
  };
  struct PlannedCaller {
    size_t repository;
    std::vector<AppAndVersion> apps;
  };

  // Ids of operations that are open now, among the newest thousand of each
  // organization.
  std::vector<std::string> OpenOperations();
  std::vector<v1::Operation> Operations();
  std::vector<v1::Operation> EndedOperations();
  void JudgeCallers(const std::map<std::string, v1::Operation>& operations,
                    Outcome& outcome);
  void JudgeRemotes(const std::map<std::string, v1::Operation>& operations,
                    Outcome& outcome);

  Installation* const installation_;
  const std::set<std::string> expected_;
  const unsigned seed_;
  std::vector<Repository> repositories_;
  std::vector<PlannedCaller> planned_;
  std::shared_ptr<ServerRun> run_;
  CurrentRun current_;
  std::deque<Caller> callers_;
  // By remote, then by operation; filled by Judge.
  std::map<TestRemote*, std::map<std::string, std::vector<std::string>>> commits_;
};

}  // namespace gitsync

#endif  // GITSYNC_TESTS_INTEGRATION_PUSH_LOAD_H_
