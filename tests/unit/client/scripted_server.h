// A GitSync server whose answers a test writes.

#ifndef GITSYNC_TESTS_UNIT_CLIENT_SCRIPTED_SERVER_H_
#define GITSYNC_TESTS_UNIT_CLIENT_SCRIPTED_SERVER_H_

#include <grpcpp/grpcpp.h>
#include <gtest/gtest.h>

#include <chrono>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "gitsync/v1/access_token_service.grpc.pb.h"
#include "gitsync/v1/app_service.grpc.pb.h"
#include "gitsync/v1/git_config_service.grpc.pb.h"
#include "gitsync/v1/git_sync_service.grpc.pb.h"
#include "gitsync/v1/operation_service.grpc.pb.h"
#include "gitsync/v1/organization_service.grpc.pb.h"
#include "google/rpc/error_details.pb.h"
#include "google/rpc/status.pb.h"

namespace gitsync::client {

// What one rpc answers, and what it was asked. Thread-safe.
template <typename Request, typename Response>
class Script {
 public:
  using Handler =
      std::function<grpc::Status(grpc::ServerContext&, const Request&, Response&)>;

  void Answers(Response response) {
    Does([response = std::move(response)](grpc::ServerContext&, const Request&,
                                          Response& answer) {
      answer = response;
      return grpc::Status::OK;
    });
  }
  void Fails(grpc::Status status) {
    Does([status](grpc::ServerContext&, const Request&, Response&) { return status; });
  }
  void Does(Handler handler) {
    const std::lock_guard lock(mutex_);
    handler_ = std::move(handler);
  }

  std::vector<Request> requests() const {
    const std::lock_guard lock(mutex_);
    return requests_;
  }
  // The only request; a failure if there were more or none.
  Request request() const {
    const std::vector<Request> all = requests();
    EXPECT_EQ(all.size(), 1u);
    return all.empty() ? Request() : all.back();
  }
  // Metadata of the last request.
  std::string metadata(const std::string& key) const {
    const std::lock_guard lock(mutex_);
    const auto found = metadata_.find(key);
    return found == metadata_.end() ? "" : found->second;
  }

  grpc::Status Run(grpc::ServerContext& context, const Request& request,
                   Response& response) {
    Handler handler;
    {
      const std::lock_guard lock(mutex_);
      requests_.push_back(request);
      metadata_.clear();
      for (const auto& [key, value] : context.client_metadata()) {
        metadata_.emplace(std::string(key.data(), key.size()),
                          std::string(value.data(), value.size()));
      }
      handler = handler_;
    }
    if (!handler) return {grpc::StatusCode::UNIMPLEMENTED, "not scripted"};
    return handler(context, request, response);
  }

 private:
  mutable std::mutex mutex_;
  Handler handler_;
  std::vector<Request> requests_;
  std::map<std::string, std::string> metadata_;
};

#define GITSYNC_SCRIPTED(Method, Request, Response)                             \
  Script<v1::Request, Response> Method##Script;                                 \
  grpc::Status Method(grpc::ServerContext* context, const v1::Request* request, \
                      Response* response) override {                            \
    return Method##Script.Run(*context, *request, *response);                   \
  }

using google::protobuf::Empty;

struct ScriptedOrganizations final : v1::OrganizationService::Service {
  GITSYNC_SCRIPTED(CreateOrganization, CreateOrganizationRequest, v1::Organization)
  GITSYNC_SCRIPTED(GetOrganization, GetOrganizationRequest, v1::Organization)
  GITSYNC_SCRIPTED(ListOrganizations, ListOrganizationsRequest,
                   v1::ListOrganizationsResponse)
  GITSYNC_SCRIPTED(UpdateOrganization, UpdateOrganizationRequest, v1::Organization)
  GITSYNC_SCRIPTED(DeleteOrganization, DeleteOrganizationRequest, Empty)
};

struct ScriptedTokens final : v1::AccessTokenService::Service {
  GITSYNC_SCRIPTED(CreateAccessToken, CreateAccessTokenRequest,
                   v1::CreateAccessTokenResponse)
  GITSYNC_SCRIPTED(ListAccessTokens, ListAccessTokensRequest,
                   v1::ListAccessTokensResponse)
  GITSYNC_SCRIPTED(RevokeAccessToken, RevokeAccessTokenRequest, Empty)
};

struct ScriptedApps final : v1::AppService::Service {
  GITSYNC_SCRIPTED(CreateApp, CreateAppRequest, v1::App)
  GITSYNC_SCRIPTED(GetApp, GetAppRequest, v1::App)
  GITSYNC_SCRIPTED(ListApps, ListAppsRequest, v1::ListAppsResponse)
  GITSYNC_SCRIPTED(UpdateApp, UpdateAppRequest, v1::App)
  GITSYNC_SCRIPTED(DeleteApp, DeleteAppRequest, Empty)
  GITSYNC_SCRIPTED(CreateVersion, CreateVersionRequest, v1::Version)
  GITSYNC_SCRIPTED(GetVersion, GetVersionRequest, v1::Version)
  GITSYNC_SCRIPTED(ListVersions, ListVersionsRequest, v1::ListVersionsResponse)
  GITSYNC_SCRIPTED(UpdateVersion, UpdateVersionRequest, v1::Version)
  GITSYNC_SCRIPTED(DeleteVersion, DeleteVersionRequest, Empty)
  GITSYNC_SCRIPTED(GetRelease, GetReleaseRequest, v1::Release)
};

struct ScriptedGitConfigs final : v1::GitConfigService::Service {
  GITSYNC_SCRIPTED(ConfigureGitHubApp, ConfigureGitHubAppRequest, v1::GitConfig)
  GITSYNC_SCRIPTED(ConfigureSsh, ConfigureSshRequest, v1::GitConfig)
  GITSYNC_SCRIPTED(ConfigureHttpsToken, ConfigureHttpsTokenRequest, v1::GitConfig)
  GITSYNC_SCRIPTED(GenerateSshKey, GenerateSshKeyRequest, v1::GitConfig)
  GITSYNC_SCRIPTED(FinalizeGitConfig, FinalizeGitConfigRequest,
                   v1::FinalizeGitConfigResponse)
  GITSYNC_SCRIPTED(TestGitConnection, TestGitConnectionRequest,
                   v1::TestGitConnectionResponse)
  GITSYNC_SCRIPTED(GetGitConfig, GetGitConfigRequest, v1::GitConfig)
  GITSYNC_SCRIPTED(UpdateGitConfig, UpdateGitConfigRequest, v1::GitConfig)
  GITSYNC_SCRIPTED(DeleteGitConfig, DeleteGitConfigRequest, Empty)
};

struct ScriptedGitSync final : v1::GitSyncService::Service {
  GITSYNC_SCRIPTED(PushAppVersion, PushAppVersionRequest, v1::PushAppVersionResponse)
  GITSYNC_SCRIPTED(CreateAppFromGit, CreateAppFromGitRequest,
                   v1::CreateAppFromGitResponse)
  GITSYNC_SCRIPTED(PullApp, PullAppRequest, v1::PullAppResponse)
  GITSYNC_SCRIPTED(PromoteApp, PromoteAppRequest, v1::PromoteAppResponse)
  GITSYNC_SCRIPTED(ListGitApps, ListGitAppsRequest, v1::ListGitAppsResponse)
  GITSYNC_SCRIPTED(CheckForUpdates, CheckForUpdatesRequest, v1::CheckForUpdatesResponse)
};

struct ScriptedOperations final : v1::OperationService::Service {
  GITSYNC_SCRIPTED(GetOperation, GetOperationRequest, v1::Operation)
  GITSYNC_SCRIPTED(ListOperations, ListOperationsRequest, v1::ListOperationsResponse)
  GITSYNC_SCRIPTED(CancelOperation, CancelOperationRequest, v1::Operation)
  Script<v1::WatchOperationRequest, grpc::ServerWriter<v1::WatchOperationResponse>>
      WatchOperationScript;
  grpc::Status WatchOperation(
      grpc::ServerContext* context, const v1::WatchOperationRequest* request,
      grpc::ServerWriter<v1::WatchOperationResponse>* writer) override {
    return WatchOperationScript.Run(*context, *request, *writer);
  }
};

#undef GITSYNC_SCRIPTED

// Listens on loopback, in plaintext unless credentials are given.
class ScriptedServer {
 public:
  explicit ScriptedServer(std::shared_ptr<grpc::ServerCredentials> credentials =
                              grpc::InsecureServerCredentials()) {
    grpc::ServerBuilder builder;
    builder.AddListeningPort("127.0.0.1:0", std::move(credentials), &port_);
    builder.RegisterService(&organizations);
    builder.RegisterService(&tokens);
    builder.RegisterService(&apps);
    builder.RegisterService(&git_configs);
    builder.RegisterService(&git_sync);
    builder.RegisterService(&operations);
    builder.SetMaxReceiveMessageSize(64 << 20);
    server_ = builder.BuildAndStart();
  }
  ~ScriptedServer() { server_->Shutdown(std::chrono::system_clock::now()); }

  std::string endpoint() const { return absl::StrCat("127.0.0.1:", port_); }

  ScriptedOrganizations organizations;
  ScriptedTokens tokens;
  ScriptedApps apps;
  ScriptedGitConfigs git_configs;
  ScriptedGitSync git_sync;
  ScriptedOperations operations;

 private:
  int port_ = 0;
  std::unique_ptr<grpc::Server> server_;
};

// Waits until the caller has gone away.
inline grpc::Status Stall(grpc::ServerContext& context) {
  while (!context.IsCancelled())
    std::this_thread::sleep_for(std::chrono::milliseconds(2));
  return grpc::Status::CANCELLED;
}

// An error as the server sends one.
struct TypedError {
  grpc::StatusCode code;
  std::string reason;
  std::string message;
  std::map<std::string, std::string> metadata;
  std::map<std::string, std::string> violations;
  int retry_seconds = 0;
};

inline grpc::Status ToGrpc(const TypedError& error) {
  google::rpc::Status status;
  status.set_code(error.code);
  status.set_message(error.message);
  google::rpc::ErrorInfo info;
  info.set_domain("gitsync");
  info.set_reason(error.reason);
  info.mutable_metadata()->insert(error.metadata.begin(), error.metadata.end());
  EXPECT_TRUE(status.add_details()->PackFrom(info));
  google::rpc::BadRequest bad_request;
  for (const auto& [field, description] : error.violations) {
    auto* violation = bad_request.add_field_violations();
    violation->set_field(field);
    violation->set_description(description);
  }
  EXPECT_TRUE(status.add_details()->PackFrom(bad_request));
  if (error.retry_seconds > 0) {
    google::rpc::RetryInfo retry;
    retry.mutable_retry_delay()->set_seconds(error.retry_seconds);
    EXPECT_TRUE(status.add_details()->PackFrom(retry));
  }
  return {error.code, error.message, status.SerializeAsString()};
}

}  // namespace gitsync::client

#endif  // GITSYNC_TESTS_UNIT_CLIENT_SCRIPTED_SERVER_H_
