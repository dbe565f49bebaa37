// The gRPC server over a real store and the use cases, with a fake git engine, called
// through the generated stubs.

#ifndef GITSYNC_TESTS_UNIT_RPC_RPC_HARNESS_H_
#define GITSYNC_TESTS_UNIT_RPC_RPC_HARNESS_H_

#include <grpcpp/grpcpp.h>

#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/cord.h"
#include "absl/strings/str_cat.h"
#include "gitsync/v1/access_token_service.grpc.pb.h"
#include "gitsync/v1/app_service.grpc.pb.h"
#include "gitsync/v1/git_config_service.grpc.pb.h"
#include "gitsync/v1/git_sync_service.grpc.pb.h"
#include "gitsync/v1/operation_service.grpc.pb.h"
#include "gitsync/v1/organization_service.grpc.pb.h"
#include "google/rpc/error_details.pb.h"
#include "google/rpc/status.pb.h"
#include "server/base/uuid.h"
#include "server/resource/access_tokens.h"
#include "server/rpc/grpc_server.h"
#include "storage/sqlite/sqlite_store.h"
#include "tests/support/fake_git_engine.h"
#include "tests/support/status_matchers.h"
#include "tests/support/temp_dir.h"

namespace gitsync {

// What a call ended with, as the typed error that the server sent.
inline absl::Status FromGrpc(const grpc::Status& status) {
  if (status.ok()) return absl::OkStatus();
  absl::Status result(static_cast<absl::StatusCode>(status.error_code()),
                      status.error_message());
  google::rpc::Status details;
  EXPECT_TRUE(details.ParseFromString(status.error_details()));
  for (const auto& any : details.details()) {
    result.SetPayload(any.type_url(), absl::Cord(any.value()));
  }
  return result;
}

// The fields that a status says are wrong.
inline std::vector<std::string> ViolatedFields(const absl::Status& status) {
  google::rpc::BadRequest bad_request;
  const auto payload = status.GetPayload("type.googleapis.com/google.rpc.BadRequest");
  if (payload) bad_request.ParseFromString(std::string(*payload));
  std::vector<std::string> fields;
  for (const auto& violation : bad_request.field_violations()) {
    fields.push_back(violation.field());
  }
  return fields;
}

class RpcTest : public testing::Test {
 protected:
  void SetUp() override { StartServer(GrpcServer::Options()); }
  void TearDown() override { StopServer(); }

  void StartServer(GrpcServer::Options options) {
    ASSERT_OK_AND_ASSIGN(std::unique_ptr<Store> store,
                         SqliteStore::Open({.path = folder_ / "gitsync.db"}));
    ASSERT_OK(store->Write([](Transaction& tx) {
      return EnsureAdminToken(tx, Secret(kAdmin), absl::Now()).status();
    }));
    store_ = Wrap(std::move(store));
    std::vector<Secret> keys;
    keys.emplace_back(std::string(32, 'k'));
    ASSERT_OK_AND_ASSIGN(Sealer sealer, Sealer::Create(std::move(keys)));
    sealer_ = std::make_unique<Sealer>(std::move(sealer));
    pool_ = std::make_unique<WorkerPool>(WorkerPool::Options{.threads = 4});
    sync_ = std::make_unique<SyncService>(
        store_.get(), &engine_, pool_.get(), sealer_.get(), &clock_,
        SyncService::Options{.time_limit = absl::Seconds(20),
                             .allow_file_remotes = true});
    options.health_period = absl::Milliseconds(20);
    const Backend backend = {store_.get(), sync_.get(), sealer_.get(), &clock_, true};
    ASSERT_OK_AND_ASSIGN(server_, GrpcServer::Start(backend, options));
    channel_ = grpc::CreateChannel(address(), grpc::InsecureChannelCredentials());
  }

  // What the server has in place of its store.
  virtual std::unique_ptr<Store> Wrap(std::unique_ptr<Store> store) { return store; }

  void StopServer() {
    engine_.Release();
    if (server_ != nullptr) server_->Drain(absl::Now() + absl::Seconds(5));
    if (pool_ != nullptr) pool_->Shutdown(absl::Now());
    if (server_ != nullptr) server_->Shutdown();
    server_.reset();
    sync_.reset();
    pool_.reset();
    store_.reset();
  }

  void Restart() {
    StopServer();
    StartServer(GrpcServer::Options());
  }

  std::string address() const { return absl::StrCat("127.0.0.1:", server_->port()); }

  // Calls `method` of `Service` with a token; the error, or the response.
  template <typename Service, typename Stub, typename Request, typename Response>
  absl::StatusOr<Response> CallAs(const std::string& token,
                                  grpc::Status (Stub::*method)(grpc::ClientContext*,
                                                               const Request&,
                                                               Response*),
                                  const Request& request) {
    grpc::ClientContext context;
    context.set_deadline(std::chrono::system_clock::now() + std::chrono::minutes(3));
    if (!token.empty()) {
      context.AddMetadata("authorization", absl::StrCat("Bearer ", token));
    }
    Response response;
    const auto stub = Service::NewStub(channel_);
    const grpc::Status status = ((*stub).*method)(&context, request, &response);
    if (!status.ok()) return FromGrpc(status);
    return response;
  }

#define GITSYNC_TEST_CALL(Service, Method, Request)                            \
  auto Method(const v1::Request& request, const std::string& token = kAdmin) { \
    return CallAs<v1::Service>(token, &v1::Service::Stub::Method, request);    \
  }
  GITSYNC_TEST_CALL(OrganizationService, CreateOrganization, CreateOrganizationRequest)
  GITSYNC_TEST_CALL(OrganizationService, GetOrganization, GetOrganizationRequest)
  GITSYNC_TEST_CALL(OrganizationService, ListOrganizations, ListOrganizationsRequest)
  GITSYNC_TEST_CALL(OrganizationService, UpdateOrganization, UpdateOrganizationRequest)
  GITSYNC_TEST_CALL(OrganizationService, DeleteOrganization, DeleteOrganizationRequest)
  GITSYNC_TEST_CALL(AccessTokenService, CreateAccessToken, CreateAccessTokenRequest)
  GITSYNC_TEST_CALL(AccessTokenService, ListAccessTokens, ListAccessTokensRequest)
  GITSYNC_TEST_CALL(AccessTokenService, RevokeAccessToken, RevokeAccessTokenRequest)
  GITSYNC_TEST_CALL(AppService, CreateApp, CreateAppRequest)
  GITSYNC_TEST_CALL(AppService, GetApp, GetAppRequest)
  GITSYNC_TEST_CALL(AppService, ListApps, ListAppsRequest)
  GITSYNC_TEST_CALL(AppService, UpdateApp, UpdateAppRequest)
  GITSYNC_TEST_CALL(AppService, GetVersion, GetVersionRequest)
  GITSYNC_TEST_CALL(AppService, ListVersions, ListVersionsRequest)
  GITSYNC_TEST_CALL(AppService, UpdateVersion, UpdateVersionRequest)
  GITSYNC_TEST_CALL(GitConfigService, ConfigureSsh, ConfigureSshRequest)
  GITSYNC_TEST_CALL(GitConfigService, ConfigureHttpsToken, ConfigureHttpsTokenRequest)
  GITSYNC_TEST_CALL(GitConfigService, GenerateSshKey, GenerateSshKeyRequest)
  GITSYNC_TEST_CALL(GitConfigService, FinalizeGitConfig, FinalizeGitConfigRequest)
  GITSYNC_TEST_CALL(GitConfigService, TestGitConnection, TestGitConnectionRequest)
  GITSYNC_TEST_CALL(GitConfigService, GetGitConfig, GetGitConfigRequest)
  GITSYNC_TEST_CALL(GitConfigService, UpdateGitConfig, UpdateGitConfigRequest)
  GITSYNC_TEST_CALL(GitSyncService, PushAppVersion, PushAppVersionRequest)
  GITSYNC_TEST_CALL(OperationService, GetOperation, GetOperationRequest)
  GITSYNC_TEST_CALL(OperationService, ListOperations, ListOperationsRequest)
  GITSYNC_TEST_CALL(OperationService, CancelOperation, CancelOperationRequest)
#undef GITSYNC_TEST_CALL

  std::string AddOrganization(const std::string& name) {
    v1::CreateOrganizationRequest request;
    request.set_name(name);
    const auto organization = CreateOrganization(request);
    EXPECT_OK(organization);
    return organization.ok() ? organization->id() : "";
  }

  std::string AddToken(v1::Role role, const std::string& organization_id) {
    v1::CreateAccessTokenRequest request;
    request.set_name("test");
    request.set_role(role);
    request.set_organization_id(organization_id);
    const auto created = CreateAccessToken(request);
    EXPECT_OK(created);
    return created.ok() ? created->secret() : "";
  }

  v1::App AddApp(const std::string& organization_id, const std::string& name) {
    v1::CreateAppRequest request;
    request.set_organization_id(organization_id);
    request.set_name(name);
    request.set_definition(R"({"pages":[]})");
    const auto app = CreateApp(request);
    EXPECT_OK(app);
    return app.value_or(v1::App());
  }

  // Gives the organization a finalized SSH configuration.
  void ConnectGit(const std::string& organization_id) {
    v1::ConfigureSshRequest configure;
    configure.set_organization_id(organization_id);
    configure.set_git_url("git@git.example.com:apps.git");
    EXPECT_OK(ConfigureSsh(configure));
    v1::FinalizeGitConfigRequest finalize;
    finalize.set_organization_id(organization_id);
    EXPECT_OK(FinalizeGitConfig(finalize));
  }

  static v1::PushAppVersionRequest PushOf(const v1::App& app) {
    v1::PushAppVersionRequest request;
    request.set_app_id(app.id());
    request.set_version_id(app.first_version_id());
    request.set_commit_message("a change");
    return request;
  }

  static constexpr char kAdmin[] = "the-admin-token";

  TempDir folder_;
  const SystemClock clock_;
  FakeGitEngine engine_;
  std::unique_ptr<Store> store_;
  std::unique_ptr<Sealer> sealer_;
  std::unique_ptr<WorkerPool> pool_;
  std::unique_ptr<SyncService> sync_;
  std::unique_ptr<GrpcServer> server_;
  std::shared_ptr<grpc::Channel> channel_;
};

}  // namespace gitsync

#endif  // GITSYNC_TESTS_UNIT_RPC_RPC_HARNESS_H_
