#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "gitsync/v1/git_config_service.grpc.pb.h"
#include "server/base/status_macros.h"
#include "server/base/uuid.h"
#include "server/resource/access.h"
#include "server/resource/git_configs.h"
#include "server/rpc/convert.h"
#include "server/rpc/git_config_input.h"
#include "server/rpc/idempotency.h"
#include "server/rpc/request_fields.h"
#include "server/rpc/services.h"

namespace gitsync {
namespace {

using google::protobuf::Empty;
using grpc::CallbackServerContext;
using grpc::ServerUnaryReactor;

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
          return Configure(scope, req, res, [&](const OrganizationNow&) {
            return DraftGitHubAppConfig(ToConfigInput(req), *backend_.sealer);
          });
        });
  }

  ServerUnaryReactor* ConfigureSsh(CallbackServerContext* context,
                                   const v1::ConfigureSshRequest* request,
                                   v1::GitConfig* response) override {
    return dispatcher_->RunSlow(
        context, request, response,
        [this](const CallScope& scope, const auto& req, auto* res) {
          return Configure(scope, req, res, [&](const OrganizationNow& organization) {
            SshConfigInput input = ToConfigInput(req);
            input.organization_name = organization.name;
            input.current = organization.git_config;
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
          return Configure(scope, req, res, [&](const OrganizationNow&) {
            return DraftHttpsTokenConfig(ToConfigInput(req), *backend_.sealer);
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
    return dispatcher_->RunRead(
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
          ASSIGN_OR_RETURN(const GitConfigUpdate update,
                           ToGitConfigUpdate(req, *backend_.sealer));
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

  // The state of the organization that a new configuration is drafted from.
  struct OrganizationNow {
    std::string name;
    std::optional<GitConfigRow> git_config;
  };

  static absl::StatusOr<OrganizationNow> Look(const Transaction& tx,
                                              const Caller& caller,
                                              const std::string& organization_id) {
    OrganizationNow now;
    ASSIGN_OR_RETURN(OrganizationRow organization,
                     FindOrganization(tx, caller, organization_id, Role::kOrgAdmin));
    now.name = std::move(organization.name);
    absl::StatusOr<GitConfigRow> config = tx.git_configs().Get(organization_id);
    if (config.ok()) {
      now.git_config = *std::move(config);
    } else if (!absl::IsNotFound(config.status())) {
      return config.status();
    }
    return now;
  }

  // Creates or replaces a configuration. `make_draft` is called before the transaction,
  // as generating keys takes time.
  template <typename Request, typename MakeDraft>
  absl::Status Configure(const CallScope& scope, const Request& request,
                         v1::GitConfig* response, const MakeDraft& make_draft) const {
    const RequestKey key = KeyOf(scope.caller, request);
    const std::string organization_id = NormalizeUuid(request.organization_id());
    OrganizationNow organization;
    bool answered = false;
    if (IsUuid(organization_id)) {
      RETURN_IF_ERROR(backend_.store->Read([&](const Transaction& tx) -> absl::Status {
        ASSIGN_OR_RETURN(answered, FindAnswer(tx, key, response));
        if (answered) return absl::OkStatus();
        ASSIGN_OR_RETURN(organization, Look(tx, scope.caller, organization_id));
        return absl::OkStatus();
      }));
    }
    if (answered) return absl::OkStatus();
    const absl::StatusOr<GitConfigDraft> draft = make_draft(organization);
    RETURN_IF_ERROR(MergeViolations(CheckRequestId(request), draft.status()));
    const absl::Time now = backend_.clock->Now();
    const ReplaceGuard guard{.etag = request.etag(), .replace = request.replace()};
    GitConfigChange change;
    RETURN_IF_ERROR(WriteOnce(*backend_.store, key, now, response,
                              [&](Transaction& tx) -> absl::Status {
                                ASSIGN_OR_RETURN(
                                    change, PutGitConfig(tx, scope.caller, *draft,
                                                         guard, *backend_.sealer, now));
                                *response = ToProto(change.row);
                                return absl::OkStatus();
                              })
                        .status());
    DropMirror(change.dropped_mirror_id);
    ShowPause(change.row, *response);
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
          // A repeated request that arrived while the first one was running finds an
          // answer now.
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

  // Not stored with the answer to a request: a pause is only current for a moment.
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
