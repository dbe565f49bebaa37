#ifndef GITSYNC_TESTS_INTEGRATION_SYNC_CALLER_H_
#define GITSYNC_TESTS_INTEGRATION_SYNC_CALLER_H_

#include <map>
#include <memory>
#include <set>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "tests/integration/installation.h"
#include "tests/integration/server_run.h"

namespace gitsync {

// Creates an app from git, pulls it, promotes it and deletes it, again and again, on a
// thread of its own, while the server is ended and started again. Each time somebody
// else has changed the app in the repository before. Requests are repeated until they
// are acknowledged. The methods are for one thread, the test's.
class SyncCaller {
 public:
  // Has a repository and an organization of its own, named `name`. The installation
  // must outlive it. `expected`: reasons of errors that are no fault, as of PushLoad.
  SyncCaller(Installation* installation, std::string name,
             std::set<std::string> expected);
  // Ends it.
  ~SyncCaller();

  // As those of PushLoad.
  void Start();
  void ServerEnded();
  void Finish();

  // After Finish: fails the test unless each operation that succeeded was acknowledged
  // once, with the commit that the store has, and each acknowledgement meant what it
  // said at that time. Returns how many were acknowledged.
  int Judge();

 private:
  void Work();
  // Changes the app in the repository.
  void Change();
  bool Create();
  bool Pull();
  bool Promote();
  bool Delete();
  // Whether the server could be asked; that it has another definition than the
  // repository is a surprise.
  bool ExpectVersion();
  // Repeats a request until it is acknowledged; null if the caller is to end before.
  template <typename Stub, typename Request, typename Response>
  std::unique_ptr<Response> Repeat(grpc::Status (Stub::*method)(grpc::ClientContext*,
                                                                const Request&,
                                                                Response*),
                                   Request request);
  // Notes what was acknowledged.
  template <typename Response>
  void Acknowledge(const Response& response);
  void Surprise(std::string what) { surprises_.push_back(std::move(what)); }

  Installation* const installation_;
  const std::set<std::string> expected_;
  TestRemote remote_;
  std::string organization_id_;
  std::string git_app_id_;
  CurrentRun current_;
  std::shared_ptr<ServerRun> run_;
  AppAndVersion app_;
  int number_ = 0;  // of changes in the repository
  std::string head_;
  std::map<std::string, std::string> acknowledged_;  // commits by operation
  std::vector<std::string> surprises_;
  std::thread thread_;
};

}  // namespace gitsync

#endif  // GITSYNC_TESTS_INTEGRATION_SYNC_CALLER_H_
