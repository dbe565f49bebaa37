#include "tests/integration/installation.h"

#include "absl/strings/str_cat.h"
#include "client/lib/error.h"

namespace gitsync {
namespace {

using Apps = v1::AppService::Stub;
using GitConfigs = v1::GitConfigService::Stub;
using GitSync = v1::GitSyncService::Stub;

// The value, or a failed test and an empty value.
template <typename T>
T Need(const char* what, absl::StatusOr<T> value) {
  if (value.ok()) return *std::move(value);
  ADD_FAILURE() << what << " is " << value.status();
  return T();
}

}  // namespace

std::string ReasonSeen(const absl::Status& status) {
  return client::ErrorOf(status).reason;
}

Api::Api(const std::string& endpoint, const std::string& access_token) {
  auto client =
      client::Client::Create({.endpoint = endpoint, .access_token = access_token});
  EXPECT_TRUE(client.ok()) << client.status();
  client_ = *std::move(client);
}

std::string Api::CreateOrganization(const std::string& name) {
  v1::CreateOrganizationRequest request;
  request.set_name(name);
  return Need(
             "CreateOrganization",
             client_->Call(&v1::OrganizationService::Stub::CreateOrganization, request))
      .id();
}

absl::StatusOr<v1::App> Api::TryCreateApp(const std::string& organization_id,
                                          const std::string& name,
                                          const std::string& definition) {
  v1::CreateAppRequest request;
  request.set_organization_id(organization_id);
  request.set_name(name);
  request.set_definition(definition);
  return client_->Call(&Apps::CreateApp, request);
}

AppAndVersion Api::CreateApp(const std::string& organization_id,
                             const std::string& name, const std::string& definition) {
  const v1::App app =
      Need("CreateApp", TryCreateApp(organization_id, name, definition));
  return {app.id(), app.first_version_id(), app.git_app_id()};
}

absl::StatusOr<v1::Version> Api::UpdateDefinition(const AppAndVersion& app,
                                                  const std::string& definition,
                                                  const std::string& etag) {
  v1::UpdateVersionRequest request;
  request.set_app_id(app.app_id);
  request.set_version_id(app.version_id);
  request.set_definition(definition);
  request.set_etag(etag);
  return client_->Call(&Apps::UpdateVersion, request);
}

absl::StatusOr<v1::App> Api::MakeEditable(const std::string& app_id) {
  v1::UpdateAppRequest request;
  request.set_app_id(app_id);
  request.set_editable(true);
  return client_->Call(&Apps::UpdateApp, request);
}

absl::StatusOr<v1::GitConfig> Api::ConfigureSsh(
    const std::string& organization_id, const std::string& url,
    const std::function<void(v1::ConfigureSshRequest&)>& change) {
  v1::ConfigureSshRequest request;
  request.set_organization_id(organization_id);
  request.set_git_url(url);
  if (change) change(request);
  return client_->Call(&GitConfigs::ConfigureSsh, request);
}

absl::StatusOr<v1::GitConfig> Api::ConfigureHttpsToken(
    const std::string& organization_id, const std::string& url,
    const std::function<void(v1::ConfigureHttpsTokenRequest&)>& change) {
  v1::ConfigureHttpsTokenRequest request;
  request.set_organization_id(organization_id);
  request.set_git_url(url);
  if (change) change(request);
  return client_->Call(&GitConfigs::ConfigureHttpsToken, request);
}

absl::StatusOr<v1::FinalizeGitConfigResponse> Api::Finalize(
    const std::string& organization_id, const std::string& fingerprint) {
  v1::FinalizeGitConfigRequest request;
  request.set_organization_id(organization_id);
  request.set_expected_host_key_fingerprint(fingerprint);
  return client_->Call(&GitConfigs::FinalizeGitConfig, request);
}

absl::StatusOr<v1::GitConfig> Api::GetGitConfig(const std::string& organization_id) {
  v1::GetGitConfigRequest request;
  request.set_organization_id(organization_id);
  return client_->Call(&GitConfigs::GetGitConfig, request);
}

absl::StatusOr<v1::PushAppVersionResponse> Api::Push(
    const AppAndVersion& app, const std::string& message,
    const std::function<void(v1::PushAppVersionRequest&)>& change,
    const client::CallOptions& options) {
  v1::PushAppVersionRequest request;
  request.set_app_id(app.app_id);
  request.set_version_id(app.version_id);
  request.set_commit_message(message);
  if (change) change(request);
  return client_->Call(&GitSync::PushAppVersion, request, options);
}

absl::StatusOr<v1::CreateAppFromGitResponse> Api::Import(
    const std::string& organization_id, const std::string& git_app_id,
    const std::string& ref, const std::string& name) {
  v1::CreateAppFromGitRequest request;
  request.set_organization_id(organization_id);
  request.set_git_app_id(git_app_id);
  request.set_git_version_id(ref);
  request.set_app_name(name);
  return client_->Call(&GitSync::CreateAppFromGit, request);
}

absl::StatusOr<v1::PullAppResponse> Api::Pull(const std::string& app_id,
                                              bool overwrite_local_changes) {
  v1::PullAppRequest request;
  request.set_app_id(app_id);
  request.set_overwrite_local_changes(overwrite_local_changes);
  return client_->Call(&GitSync::PullApp, request);
}

absl::StatusOr<v1::PromoteAppResponse> Api::Promote(const std::string& app_id,
                                                    const std::string& environment) {
  v1::PromoteAppRequest request;
  request.set_app_id(app_id);
  request.set_target_environment(environment);
  return client_->Call(&GitSync::PromoteApp, request);
}

absl::StatusOr<v1::ListGitAppsResponse> Api::ListGitApps(
    const std::string& organization_id, const std::string& ref) {
  v1::ListGitAppsRequest request;
  request.set_organization_id(organization_id);
  request.set_ref(ref);
  return client_->ListAll(&GitSync::ListGitApps, request);
}

absl::StatusOr<v1::CheckForUpdatesResponse> Api::CheckForUpdates(
    const std::string& app_id) {
  v1::CheckForUpdatesRequest request;
  request.set_app_id(app_id);
  return client_->ListAll(&GitSync::CheckForUpdates, request);
}

absl::StatusOr<v1::App> Api::GetApp(const std::string& app_id) {
  v1::GetAppRequest request;
  request.set_app_id(app_id);
  return client_->Call(&Apps::GetApp, request);
}

absl::StatusOr<v1::ListAppsResponse> Api::ListApps(const std::string& organization_id) {
  v1::ListAppsRequest request;
  request.set_organization_id(organization_id);
  return client_->ListAll(&Apps::ListApps, request);
}

absl::StatusOr<v1::Version> Api::GetVersion(const AppAndVersion& app) {
  v1::GetVersionRequest request;
  request.set_app_id(app.app_id);
  request.set_version_id(app.version_id);
  return client_->Call(&Apps::GetVersion, request);
}

absl::StatusOr<v1::Release> Api::GetRelease(const std::string& app_id,
                                            const std::string& environment) {
  v1::GetReleaseRequest request;
  request.set_app_id(app_id);
  request.set_environment(environment);
  return client_->Call(&Apps::GetRelease, request);
}

absl::StatusOr<v1::Operation> Api::LastOperation(const std::string& app_id) {
  v1::ListOperationsRequest request;
  request.set_app_id(app_id);
  request.set_page_size(1);
  const auto list = client_->Call(&v1::OperationService::Stub::ListOperations, request);
  if (!list.ok()) return list.status();
  if (list->operations().empty()) return absl::NotFoundError("no operations");
  return list->operations(0);
}

std::string Api::CreateToken(const std::string& organization_id, v1::Role role) {
  v1::CreateAccessTokenRequest request;
  request.set_name(absl::StrCat("test ", v1::Role_Name(role)));
  request.set_role(role);
  request.set_organization_id(organization_id);
  return Need("CreateAccessToken",
              client_->Call(&v1::AccessTokenService::Stub::CreateAccessToken, request))
      .secret();
}

Installation::Installation(InstallationOptions options)
    : options_(std::move(options)),
      remote_(options_.default_branch),
      host_(options_.transport, options_.host_key_type),
      server_(options_.server),
      api_(std::make_unique<Api>(server_.endpoint(), server_.AdminToken())),
      dev_(Connect("dev", url())),
      staging_(Connect("staging", url())) {}

std::string Installation::Connect(const std::string& name, const std::string& url) {
  return ConnectAt(host_, name, url);
}

std::string Installation::ConnectAt(GitHost& host, const std::string& name,
                                    const std::string& url) {
  const std::string organization_id = api_->CreateOrganization(name);
  Configure(host, organization_id, url, Access::kWrite);
  Need("FinalizeGitConfig", api_->Finalize(organization_id));
  return organization_id;
}

void Installation::Configure(GitHost& host, const std::string& organization_id,
                             const std::string& url, Access access) {
  const auto set_common = [this](auto& request) {
    request.set_branch_name(options_.branch);
    request.set_path_prefix(options_.path_prefix);
  };
  if (host.transport() == Transport::kHttps) {
    Need("ConfigureHttpsToken",
         api_->ConfigureHttpsToken(organization_id, url, [&](auto& request) {
           set_common(request);
           request.set_username(access == Access::kRead ? "reader" : GitHost::kUser);
           request.set_token(access == Access::kNone ? "wrong-token" : GitHost::kToken);
           request.set_ca_certificate(host.CaCertificate());
         }));
    return;
  }
  const v1::GitConfig config =
      Need("ConfigureSsh", api_->ConfigureSsh(organization_id, url, [&](auto& request) {
        set_common(request);
        request.set_key_type(options_.key_type);
      }));
  if (access == Access::kNone) return;
  std::string restriction;
  if (access == Access::kRead) {
    // A forced command, in the words that GitHub has for it.
    const std::string script = scripts_ / "read-only";
    WriteTestFile(script,
                  "#!/bin/sh\n"
                  "case \"$SSH_ORIGINAL_COMMAND\" in\n"
                  "  git-upload-pack*) eval \"$SSH_ORIGINAL_COMMAND\" ;;\n"
                  "  *) echo 'ERROR: The key you are authenticating with has been "
                  "marked as read only.' >&2; exit 1 ;;\n"
                  "esac\n",
                  /*executable=*/true);
    restriction = absl::StrCat("restrict,command=\"", script, "\" ");
  }
  host.sshd()->Authorize(absl::StrCat(restriction, config.ssh().public_key()));
}

void Installation::Restart(bool kill) {
  if (kill) server_.Kill9();
  server_.Restart();
  api_ = std::make_unique<Api>(server_.endpoint(), server_.AdminToken());
}

}  // namespace gitsync
