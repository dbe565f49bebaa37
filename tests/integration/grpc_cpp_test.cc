// Clients of gRPC's C++ library while the server ends.

#include <gmock/gmock.h>
#include <grpcpp/create_channel.h>
#include <gtest/gtest.h>

#include <chrono>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/synchronization/mutex.h"
#include "client/lib/client.h"
#include "client/lib/error.h"
#include "tests/integration/installation.h"
#include "tests/support/gitsyncd_process.h"
#include "tests/support/slowness.h"
#include "tests/support/temp_dir.h"

namespace gitsync {
namespace {

using ::testing::ElementsAre;
using ::testing::Ge;
using ::testing::Pair;

const int kGrpcCppRounds = kSanitized ? 1 : 3;
constexpr int kGrpcCppConnections = 4;
constexpr int kGrpcCppCallsEach = 16;

// What a connection's calls need.
struct CppConnection {
  std::shared_ptr<grpc::Channel> channel;
  std::unique_ptr<client::Client> client;
  std::string token;
  std::string organization_id;
};

// Counts how calls end. Thread-safe.
class CallOutcomes {
 public:
  void Add(const absl::Status& status) {
    const std::string code = absl::StatusCodeToString(status.code());
    absl::MutexLock lock(&mutex_);
    ++counts_[status.ok() || code == "UNAVAILABLE"
                  ? code
                  : absl::StrCat(code, ": ", status.message())];
  }
  void AddWatch() {
    absl::MutexLock lock(&mutex_);
    ++watches_;
  }
  // Blocks until so many watches have told something, or calls have ended.
  void AwaitWatches(int count) {
    const auto are_on = [this, count]() ABSL_SHARED_LOCKS_REQUIRED(mutex_) {
      return watches_ >= count || !counts_.empty();
    };
    absl::MutexLock lock(&mutex_);
    mutex_.Await(absl::Condition(&are_on));
  }
  // Blocks until calls have succeeded or have begun to fail.
  void AwaitLoad() {
    const auto is_on = [this]() ABSL_SHARED_LOCKS_REQUIRED(mutex_) {
      const auto ok = counts_.find("OK");
      if (ok == counts_.end()) return !counts_.empty();
      return counts_.size() > 1 || ok->second >= 300;
    };
    absl::MutexLock lock(&mutex_);
    mutex_.Await(absl::Condition(&is_on));
  }
  std::map<std::string, int> counts() {
    absl::MutexLock lock(&mutex_);
    return counts_;
  }

 private:
  absl::Mutex mutex_;
  std::map<std::string, int> counts_ ABSL_GUARDED_BY(mutex_);
  int watches_ ABSL_GUARDED_BY(mutex_) = 0;
};

// A kind of call: makes one, and blocks until it has ended.
struct CppCall {
  std::string name;
  std::function<absl::Status(CppConnection&)> call;
};

void Prepare(const CppConnection& connection, grpc::ClientContext& context) {
  context.AddMetadata("authorization", absl::StrCat("Bearer ", connection.token));
  context.set_deadline(std::chrono::system_clock::now() + std::chrono::minutes(1));
}

template <typename Stub, typename Request, typename Response>
absl::Status CallOf(CppConnection& connection,
                    grpc::Status (Stub::*method)(grpc::ClientContext*, const Request&,
                                                 Response*),
                    std::unique_ptr<Stub> stub, const Request& request) {
  grpc::ClientContext context;
  Prepare(connection, context);
  Response response;
  const grpc::Status status = (stub.get()->*method)(&context, request, &response);
  return client::ToStatus(status, context);
}

absl::Status ReadOnce(CppConnection& connection) {
  using Service = v1::OrganizationService;
  return CallOf(connection, &Service::Stub::ListOrganizations,
                Service::NewStub(connection.channel), v1::ListOrganizationsRequest());
}

absl::Status WriteOnce(CppConnection& connection) {
  using Service = v1::AccessTokenService;
  v1::CreateAccessTokenRequest request;
  request.set_organization_id(connection.organization_id);
  request.set_role(v1::ROLE_VIEWER);
  request.set_name("short-lived");
  return CallOf(connection, &Service::Stub::CreateAccessToken,
                Service::NewStub(connection.channel), request);
}

absl::Status ReadOnceByLibrary(CppConnection& connection) {
  return connection.client
      ->Call(&v1::OrganizationService::Stub::ListOrganizations,
             v1::ListOrganizationsRequest())
      .status();
}

// Follows an operation until the stream ends.
absl::Status Watch(CppConnection& connection, const std::string& operation_id,
                   CallOutcomes& outcomes) {
  grpc::ClientContext context;
  Prepare(connection, context);
  v1::WatchOperationRequest request;
  request.set_operation_id(operation_id);
  const auto stub = v1::OperationService::NewStub(connection.channel);
  const auto stream = stub->WatchOperation(&context, request);
  v1::WatchOperationResponse response;
  bool first = true;
  for (; stream->Read(&response); first = false) {
    if (first) outcomes.AddWatch();
  }
  const grpc::Status status = stream->Finish();
  return client::ToStatus(status, context);
}

class GrpcCppTest : public testing::TestWithParam<CppCall> {};

TEST_P(GrpcCppTest, CallsThatSigtermMeetsAreUnavailable) {
  for (int round = 0; round < kGrpcCppRounds; ++round) {
    GitsyncdProcess server;
    Api api(server.endpoint(), server.AdminToken());
    const std::string organization_id = api.CreateOrganization("Acme");
    std::vector<CppConnection> connections(kGrpcCppConnections);
    for (CppConnection& connection : connections) {
      grpc::ChannelArguments arguments;
      arguments.SetInt(GRPC_ARG_USE_LOCAL_SUBCHANNEL_POOL, 1);
      connection.channel = grpc::CreateCustomChannel(
          server.endpoint(), grpc::InsecureChannelCredentials(), arguments);
      connection.token = server.AdminToken();
      connection.organization_id = organization_id;
      ASSERT_OK_AND_ASSIGN(connection.client,
                           client::Client::Create({.endpoint = server.endpoint(),
                                                   .access_token = connection.token}));
    }
    CallOutcomes outcomes;
    std::vector<std::jthread> callers;
    for (CppConnection& connection : connections) {
      for (int i = 0; i < kGrpcCppCallsEach; ++i) {
        callers.emplace_back([&outcomes, &connection] {
          absl::Status status;
          while (status.ok()) {
            status = GetParam().call(connection);
            outcomes.Add(status);
          }
        });
      }
    }
    outcomes.AwaitLoad();

    EXPECT_EQ(server.Terminate(), 0) << server.Log();

    callers.clear();
    EXPECT_THAT(
        outcomes.counts(),
        ElementsAre(Pair("OK", Ge(300)),
                    Pair("UNAVAILABLE", kGrpcCppConnections * kGrpcCppCallsEach)));
  }
}

// Of those that are still open when the drain ends, too.
TEST(GrpcCppDrainTest, CallsThatOutlastTheDrainAreUnavailable) {
  Installation gitsync({.server = {.flags = {"--drain_seconds=1"}}});
  const TempDir folder;
  std::vector<AppAndVersion> apps;
  for (int i = 0; i < kGrpcCppCallsEach; ++i) {
    apps.push_back(
        gitsync.api().CreateApp(gitsync.dev(), absl::StrCat("Shop ", i), kDefinition));
  }
  gitsync.remote().SetHook("pre-receive",
                           absl::StrCat("#!/bin/sh\nuntil [ -e ", folder / "go",
                                        " ]; do sleep 0.02; done\n"));
  CppConnection connection;
  connection.channel = grpc::CreateChannel(gitsync.server().endpoint(),
                                           grpc::InsecureChannelCredentials());
  connection.token = gitsync.server().AdminToken();
  CallOutcomes outcomes;
  std::vector<std::jthread> callers;
  for (const AppAndVersion& app : apps) {
    callers.emplace_back([&] {
      using Service = v1::GitSyncService;
      v1::PushAppVersionRequest request;
      request.set_app_id(app.app_id);
      request.set_version_id(app.version_id);
      request.set_commit_message("Push");
      outcomes.Add(CallOf(connection, &Service::Stub::PushAppVersion,
                          Service::NewStub(connection.channel), request));
    });
    callers.emplace_back([&] {
      absl::StatusOr<v1::Operation> operation = gitsync.api().LastOperation(app.app_id);
      while (!operation.ok()) operation = gitsync.api().LastOperation(app.app_id);
      outcomes.Add(Watch(connection, operation->id(), outcomes));
    });
  }
  outcomes.AwaitWatches(kGrpcCppCallsEach);

  EXPECT_EQ(gitsync.server().Terminate(), 0) << gitsync.server().Log();

  callers.clear();
  WriteTestFile(folder / "go", "");
  EXPECT_THAT(outcomes.counts(),
              ElementsAre(Pair("UNAVAILABLE", 2 * kGrpcCppCallsEach)));
}

INSTANTIATE_TEST_SUITE_P(
    Calls, GrpcCppTest,
    testing::Values(CppCall{"Reads", ReadOnce}, CppCall{"Writes", WriteOnce},
                    CppCall{"ReadsByTheLibrary", ReadOnceByLibrary}),
    [](const auto& row) { return row.param.name; });

}  // namespace
}  // namespace gitsync
