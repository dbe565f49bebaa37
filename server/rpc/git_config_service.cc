#include <string>
#include <utility>
#include <vector>

#include "gitsync/v1/git_config_service.grpc.pb.h"
#include "server/base/status_macros.h"
#include "server/base/uuid.h"
#include "server/rpc/convert.h"
#include "server/rpc/idempotency.h"
#include "server/rpc/request_fields.h"
#include "server/rpc/services.h"
#include "server/sync/access.h"
#include "server/sync/git_configs.h"

namespace gitsync {
namespace {

using google::protobuf::Empty;
using grpc::CallbackServerContext;
using grpc::ServerUnaryReactor;

// A copy of a secret that came in a request, to be wiped after use.
Secret SecretOf(const std::string& field) { return Secret(field); }

class GitConfigService : public v1::GitConfigService::CallbackService {
 public:
  GitConfigService(const Backend& backend, Dispatcher* dispatcher)
      : backend_(backend), dispatcher_(dispatcher) {}

  ServerUnaryReactor* ConfigureGitHubApp(CallbackServerContext* context,
                                         const v1::ConfigureGitHubAppRequest* request,
                                         v1::GitConfig* response) override {
    return dispatcher_->RunSlow(
        context, request, response,
        [this](const CallScope& scope, const auto& req, auto* res) {
          return Configure(scope, req, res, [&](const std::string&) {
            GitHubAppConfigInput input;
            input.organization_id = req.organization_id();
            input.git_url = req.git_url();
            input.branch = req.branch_name();
            input.path_prefix = req.path_prefix();
            input.github_app_id = req.github_app_id();
            input.github_app_installation_id = req.github_app_installation_id();
            input.github_app_private_key = SecretOf(req.github_app_private_key());
            input.github_enterprise_api_url = req.github_enterprise_api_url();
            input.github_enterprise_url = req.github_enterprise_url();
            input.ca_certificate = req.ca_certificate();
            return DraftGitHubAppConfig(input, *backend_.sealer);
          });
        });
  }

  ServerUnaryReactor* ConfigureSsh(CallbackServerContext* context,
                                   const v1::ConfigureSshRequest* request,
                                   v1::GitConfig* response) override {
    return dispatcher_->RunSlow(
        context, request, response,
        [this](const CallScope& scope, const auto& req, auto* res) {
          return Configure(scope, req, res, [&](const std::string& organization_name) {
            SshConfigInput input;
            input.organization_id = req.organization_id();
            input.organization_name = organization_name;
            input.git_url = req.git_url();
            input.branch = req.branch_name();
            input.path_prefix = req.path_prefix();
            input.key_type = KeyTypeOf(req.key_type()).value_or(SshKeyType::kEd25519);
            return DraftSshConfig(input, *backend_.sealer, backend_.allow_file_remotes);
          });
        });
  }

  ServerUnaryReactor* ConfigureHttpsToken(CallbackServerContext* context,
                                          const v1::ConfigureHttpsTokenRequest* request,
                                          v1::GitConfig* response) override {
    return dispatcher_->RunSlow(
        context, request, response,
        [this](const CallScope& scope, const auto& req, auto* res) {
          return Configure(scope, req, res, [&](const std::string&) {
            HttpsTokenConfigInput input;
            input.organization_id = req.organization_id();
            input.git_url = req.git_url();
            input.branch = req.branch_name();
            input.path_prefix = req.path_prefix();
            input.username = req.username();
            input.token = SecretOf(req.token());
            input.ca_certificate = req.ca_certificate();
            return DraftHttpsTokenConfig(input, *backend_.sealer);
          });
        });
  }

  ServerUnaryReactor* GenerateSshKey(CallbackServerContext* context,
                                     const v1::GenerateSshKeyRequest* request,
                                     v1::GitConfig* response) override {
    return dispatcher_->RunSlow(
        context, request, response,
        [this](const CallScope& scope, const auto& req, auto* res) {
          return ReplaceKey(scope, req, res);
        });
  }

  ServerUnaryReactor* FinalizeGitConfig(
      CallbackServerContext* context, const v1::FinalizeGitConfigRequest* request,
      v1::FinalizeGitConfigResponse* response) override {
    return dispatcher_->RunAsync(context, request, response,
                                 [this](const CallScope& scope, const auto& req,
                                        auto* res, const Dispatcher::Finish& finish) {
                                   Finalize(scope, req, res, finish);
                                 });
  }

  ServerUnaryReactor* TestGitConnection(
      CallbackServerContext* context, const v1::TestGitConnectionRequest* request,
      v1::TestGitConnectionResponse* response) override {
    return dispatcher_->RunAsync(
        context, request, response,
        [this](const CallScope& scope, const auto& req, auto* res,
               const Dispatcher::Finish& finish) {
          if (absl::Status status = CheckOrganizationId(req); !status.ok()) {
            return finish(status);
          }
          backend_.sync->TestGitConnection(
              scope.caller, NormalizeUuid(req.organization_id()), scope.context,
              [res,
               finish](const absl::StatusOr<std::vector<ConnectionStepResult>>& steps) {
                if (!steps.ok()) return finish(steps.status());
                bool all_work = true;
                for (const ConnectionStepResult& step : *steps) {
                  using Outcome = ConnectionStepResult::Outcome;
                  all_work = all_work && step.outcome != Outcome::kFailed &&
                             step.outcome != Outcome::kSkipped;
                  *res->add_steps() = ToProto(step);
                }
                res->set_ok(all_work);
                finish(absl::OkStatus());
              });
        });
  }

  ServerUnaryReactor* GetGitConfig(CallbackServerContext* context,
                                   const v1::GetGitConfigRequest* request,
                                   v1::GitConfig* response) override {
    return dispatcher_->Run(
        context, request, response,
        [this](const CallScope& scope, const auto& req, auto* res) -> absl::Status {
          RETURN_IF_ERROR(CheckOrganizationId(req));
          GitConfigRow row;
          RETURN_IF_ERROR(
              backend_.store->Read([&](const Transaction& tx) -> absl::Status {
                ASSIGN_OR_RETURN(row, gitsync::GetGitConfig(tx, scope.caller,
                                                            req.organization_id()));
                return absl::OkStatus();
              }));
          *res = ToProto(row);
          ShowPause(row, *res);
          return absl::OkStatus();
        });
  }

  ServerUnaryReactor* UpdateGitConfig(CallbackServerContext* context,
                                      const v1::UpdateGitConfigRequest* request,
                                      v1::GitConfig* response) override {
    return dispatcher_->Run(
        context, request, response,
        [this](const CallScope& scope, const auto& req, auto* res) -> absl::Status {
          ASSIGN_OR_RETURN(const GitConfigUpdate update, UpdateOf(req));
          const absl::Time now = backend_.clock->Now();
          GitConfigChange change;
          RETURN_IF_ERROR(WriteOnce(*backend_.store, KeyOf(scope.caller, req), now, res,
                                    [&](Transaction& tx) -> absl::Status {
                                      ASSIGN_OR_RETURN(
                                          change,
                                          gitsync::UpdateGitConfig(
                                              tx, scope.caller, update,
                                              backend_.allow_file_remotes, now));
                                      *res = ToProto(change.row);
                                      return absl::OkStatus();
                                    })
                              .status());
          DropMirror(change.dropped_mirror_id);
          ShowPause(change.row, *res);
          return absl::OkStatus();
        });
  }

  ServerUnaryReactor* DeleteGitConfig(CallbackServerContext* context,
                                      const v1::DeleteGitConfigRequest* request,
                                      Empty* response) override {
    return dispatcher_->Run(
        context, request, response,
        [this](const CallScope& scope, const auto& req, auto* res) -> absl::Status {
          RETURN_IF_ERROR(CheckRequestId(req)
                              .RequireUuid("organization_id", req.organization_id())
                              .ToStatus());
          std::string dropped_mirror;
          RETURN_IF_ERROR(WriteOnce(*backend_.store, KeyOf(scope.caller, req),
                                    backend_.clock->Now(), res,
                                    [&](Transaction& tx) -> absl::Status {
                                      ASSIGN_OR_RETURN(
                                          dropped_mirror,
                                          gitsync::DeleteGitConfig(
                                              tx, scope.caller,
                                              NormalizeUuid(req.organization_id()),
                                              req.etag()));
                                      return absl::OkStatus();
                                    })
                              .status());
          DropMirror(dropped_mirror);
          return absl::OkStatus();
        });
  }

 private:
  template <typename Request>
  static absl::Status CheckOrganizationId(const Request& request) {
    return Violations()
        .RequireUuid("organization_id", request.organization_id())
        .ToStatus();
  }

  // Makes or replaces a configuration. `make_draft` is given the organization's name,
  // and is called before the transaction, as making keys takes time.
  template <typename Request, typename MakeDraft>
  absl::Status Configure(const CallScope& scope, const Request& request,
                         v1::GitConfig* response, const MakeDraft& make_draft) const {
    const RequestKey key = KeyOf(scope.caller, request);
    const std::string organization_id = NormalizeUuid(request.organization_id());
    std::string organization_name;
    bool answered = false;
    if (IsUuid(organization_id)) {
      RETURN_IF_ERROR(backend_.store->Read([&](const Transaction& tx) -> absl::Status {
        ASSIGN_OR_RETURN(answered, FindAnswer(tx, key, response));
        if (answered) return absl::OkStatus();
        ASSIGN_OR_RETURN(
            OrganizationRow organization,
            FindOrganization(tx, scope.caller, organization_id, Role::kOrgAdmin));
        organization_name = std::move(organization.name);
        return absl::OkStatus();
      }));
    }
    if (answered) return absl::OkStatus();
    const absl::StatusOr<GitConfigDraft> draft = make_draft(organization_name);
    RETURN_IF_ERROR(MergeViolations(CheckRequestId(request), draft.status()));
    const absl::Time now = backend_.clock->Now();
    std::string dropped_mirror;
    RETURN_IF_ERROR(WriteOnce(*backend_.store, key, now, response,
                              [&](Transaction& tx) -> absl::Status {
                                ASSIGN_OR_RETURN(
                                    GitConfigChange change,
                                    PutGitConfig(tx, scope.caller, *draft, now));
                                dropped_mirror = std::move(change.dropped_mirror_id);
                                *response = ToProto(change.row);
                                return absl::OkStatus();
                              })
                        .status());
    DropMirror(dropped_mirror);
    return absl::OkStatus();
  }

  absl::Status ReplaceKey(const CallScope& scope,
                          const v1::GenerateSshKeyRequest& request,
                          v1::GitConfig* response) const {
    RETURN_IF_ERROR(CheckRequestId(request)
                        .RequireUuid("organization_id", request.organization_id())
                        .ToStatus());
    const RequestKey key = KeyOf(scope.caller, request);
    const std::string organization_id = NormalizeUuid(request.organization_id());
    bool answered = false;
    OrganizationRow organization;
    GitConfigRow old;
    RETURN_IF_ERROR(backend_.store->Read([&](const Transaction& tx) -> absl::Status {
      ASSIGN_OR_RETURN(answered, FindAnswer(tx, key, response));
      if (answered) return absl::OkStatus();
      ASSIGN_OR_RETURN(organization, FindOrganization(tx, scope.caller, organization_id,
                                                      Role::kOrgAdmin));
      ASSIGN_OR_RETURN(
          old, FindGitConfig(tx, scope.caller, organization_id, Role::kOrgAdmin));
      return absl::OkStatus();
    }));
    if (answered) return absl::OkStatus();
    ASSIGN_OR_RETURN(
        const GitConfigDraft draft,
        DraftSshKey(organization_id, organization.name,
                    KeyTypeOf(request.key_type()).value_or(SshKeyTypeOf(old)),
                    *backend_.sealer));
    const absl::Time now = backend_.clock->Now();
    return WriteOnce(*backend_.store, key, now, response,
                     [&](Transaction& tx) -> absl::Status {
                       ASSIGN_OR_RETURN(
                           const GitConfigRow row,
                           ReplaceSshKey(tx, scope.caller, request.etag(), draft, now));
                       *response = ToProto(row);
                       return absl::OkStatus();
                     })
        .status();
  }

  void Finalize(const CallScope& scope, const v1::FinalizeGitConfigRequest& request,
                v1::FinalizeGitConfigResponse* response,
                const Dispatcher::Finish& finish) const {
    const absl::Status check =
        CheckRequestId(request)
            .RequireUuid("organization_id", request.organization_id())
            .ToStatus();
    if (!check.ok()) return finish(check);
    const RequestKey key = KeyOf(scope.caller, request);
    bool answered = false;
    const absl::Status read = backend_.store->Read([&](const Transaction& tx) {
      const absl::StatusOr<bool> found = FindAnswer(tx, key, response);
      answered = found.ok() && *found;
      return found.status();
    });
    if (!read.ok() || answered) return finish(read);
    FinalizeInput input;
    input.organization_id = NormalizeUuid(request.organization_id());
    input.expected_host_key_fingerprint = request.expected_host_key_fingerprint();
    backend_.sync->FinalizeGitConfig(
        scope.caller, input, scope.context,
        [this, key](Transaction& tx, const FinalizeResult& result) -> absl::Status {
          // A repetition that came while the first one was at it finds an answer now.
          v1::FinalizeGitConfigResponse earlier;
          ASSIGN_OR_RETURN(const bool found, FindAnswer(tx, key, &earlier));
          if (found) return absl::OkStatus();
          return KeepAnswer(tx, key, ToProto(result), backend_.clock->Now());
        },
        [response, finish](const absl::StatusOr<FinalizeResult>& result) {
          if (result.ok()) *response = ToProto(*result);
          finish(result.status());
        });
  }

  // Checks the request's own fields, and seals what is secret.
  absl::StatusOr<GitConfigUpdate> UpdateOf(
      const v1::UpdateGitConfigRequest& request) const {
    Violations violations = CheckRequestId(request);
    violations.RequireUuid("organization_id", request.organization_id());
    const UpdateMask mask(request.update_mask(),
                          {"git_url", "branch_name", "path_prefix", "token", "username",
                           "github_app_private_key", "ca_certificate"},
                          violations);
    GitConfigUpdate update;
    update.organization_id = NormalizeUuid(request.organization_id());
    update.etag = request.etag();
    update.git_url = mask.Take("git_url", request.has_git_url(), request.git_url());
    update.branch =
        mask.Take("branch_name", request.has_branch_name(), request.branch_name());
    update.path_prefix =
        mask.Take("path_prefix", request.has_path_prefix(), request.path_prefix());
    update.username = mask.Take("username", request.has_username(), request.username());
    update.ca_certificate = mask.Take("ca_certificate", request.has_ca_certificate(),
                                      request.ca_certificate());
    absl::Status sealing;
    if (mask.Takes("token", request.has_token())) {
      absl::StatusOr<std::string> sealed = SealHttpsToken(
          update.organization_id, SecretOf(request.token()), *backend_.sealer);
      sealing = sealed.status();
      if (sealed.ok()) update.sealed_token = *std::move(sealed);
    }
    if (mask.Takes("github_app_private_key", request.has_github_app_private_key())) {
      absl::StatusOr<SealedAppKey> sealed = SealGitHubAppKey(
          update.organization_id, SecretOf(request.github_app_private_key()),
          *backend_.sealer);
      if (sealing.ok()) sealing = sealed.status();
      if (sealed.ok()) {
        update.sealed_app_key = std::move(sealed->sealed);
        update.app_key_fingerprint = std::move(sealed->fingerprint);
      }
    }
    RETURN_IF_ERROR(MergeViolations(std::move(violations), sealing));
    return update;
  }

  // Not kept with the answer to a request: it is of the moment.
  void ShowPause(const GitConfigRow& row, v1::GitConfig& config) const {
    if (const auto pause = backend_.sync->PauseOf(row)) {
      *config.mutable_remote_pause() = ToProto(*pause);
    }
  }

  void DropMirror(const std::string& mirror_id) const {
    if (!mirror_id.empty()) backend_.sync->DropMirror(mirror_id);
  }

  const Backend backend_;
  Dispatcher* const dispatcher_;
};

}  // namespace

std::unique_ptr<grpc::Service> NewGitConfigService(const Backend& backend,
                                                   Dispatcher* dispatcher) {
  return std::make_unique<GitConfigService>(backend, dispatcher);
}

}  // namespace gitsync
