#include <functional>
#include <string>
#include <utility>

#include "gitsync/v1/git_sync_service.grpc.pb.h"
#include "server/base/status_macros.h"
#include "server/resource/access.h"
#include "server/resource/apps.h"
#include "server/rpc/convert.h"
#include "server/rpc/idempotency.h"
#include "server/rpc/page_token.h"
#include "server/rpc/request_fields.h"
#include "server/rpc/services.h"

namespace gitsync {
namespace {

using grpc::CallbackServerContext;
using grpc::ServerUnaryReactor;

// Writes the current app and version of an operation. Whatever was deleted before the
// request was repeated is left out.
template <typename Response>
absl::Status ReadAppAndVersion(const Transaction& tx, const Caller& caller,
                               const OperationRow& operation, Response* response) {
  const absl::StatusOr<AppView> app = GetApp(tx, caller, operation.app_id);
  if (absl::IsNotFound(app.status())) return absl::OkStatus();
  RETURN_IF_ERROR(app.status());
  *response->mutable_app() = ToProto(*app);
  const absl::StatusOr<VersionRow> version =
      FindVersion(tx, app->row, operation.version_id);
  if (absl::IsNotFound(version.status())) return absl::OkStatus();
  RETURN_IF_ERROR(version.status());
  *response->mutable_version() = ToProto(*version);
  return absl::OkStatus();
}

class GitSyncService : public v1::GitSyncService::CallbackService {
 public:
  GitSyncService(const Backend& backend, Dispatcher* dispatcher)
      : backend_(backend), dispatcher_(dispatcher) {}

  ServerUnaryReactor* PushAppVersion(CallbackServerContext* context,
                                     const v1::PushAppVersionRequest* request,
                                     v1::PushAppVersionResponse* response) override {
    return dispatcher_->RunAsync(
        context, request, response,
        [this](const CallScope& scope, const auto& req, auto* res,
               const Dispatcher::Finish& finish) {
          if (absl::Status check = CheckPush(req); !check.ok()) return finish(check);
          PushInput input;
          input.app_id = NormalizeUuid(req.app_id());
          input.version_id = NormalizeUuid(req.version_id());
          input.commit_message = req.commit_message();
          if (req.has_author()) {
            input.author = GitSignature{req.author().name(), req.author().email()};
          }
          input.force = req.force();
          input.branch = req.branch();
          backend_.sync->Push(scope.caller, input, KeyOf(scope.caller, req),
                              scope.context,
                              [res, finish](const absl::StatusOr<OperationRow>& row) {
                                if (row.ok()) SetPushResult(*row, res);
                                finish(row.status());
                              });
        });
  }

  ServerUnaryReactor* CreateAppFromGit(
      CallbackServerContext* context, const v1::CreateAppFromGitRequest* request,
      v1::CreateAppFromGitResponse* response) override {
    return dispatcher_->RunAsync(
        context, request, response,
        [this](const CallScope& scope, const auto& req, auto* res,
               const Dispatcher::Finish& finish) {
          if (absl::Status check = CheckCreate(req); !check.ok()) return finish(check);
          CreateFromGitInput input;
          input.organization_id = NormalizeUuid(req.organization_id());
          input.git_app_id = req.git_app_id();
          input.ref = req.git_version_id();
          input.app_name = TidyName(req.app_name());
          backend_.sync->CreateFromGit(
              scope.caller, input, KeyOf(scope.caller, req), scope.context,
              AnswerWithApp(scope, res, finish, [res](const OperationRow& row) {
                res->set_commit_id(row.commit_id);
              }));
        });
  }

  ServerUnaryReactor* PullApp(CallbackServerContext* context,
                              const v1::PullAppRequest* request,
                              v1::PullAppResponse* response) override {
    return dispatcher_->RunAsync(
        context, request, response,
        [this](const CallScope& scope, const auto& req, auto* res,
               const Dispatcher::Finish& finish) {
          const absl::Status check =
              CheckRequestId(req).RequireUuid("app_id", req.app_id()).ToStatus();
          if (!check.ok()) return finish(check);
          PullInput input;
          input.app_id = NormalizeUuid(req.app_id());
          input.overwrite_local_changes = req.overwrite_local_changes();
          backend_.sync->Pull(
              scope.caller, input, KeyOf(scope.caller, req), scope.context,
              AnswerWithApp(scope, res, finish, [res](const OperationRow& row) {
                res->set_commit_id(row.commit_id);
                res->set_changed(row.changed);
              }));
        });
  }

  ServerUnaryReactor* PromoteApp(CallbackServerContext* context,
                                 const v1::PromoteAppRequest* request,
                                 v1::PromoteAppResponse* response) override {
    return dispatcher_->RunAsync(
        context, request, response,
        [this](const CallScope& scope, const auto& req, auto* res,
               const Dispatcher::Finish& finish) {
          Violations violations = CheckRequestId(req);
          violations.RequireUuid("app_id", req.app_id());
          if (!req.target_environment().empty()) {
            violations.RequireEnvironment("target_environment",
                                          req.target_environment());
          }
          if (!violations.empty()) return finish(violations.ToStatus());
          PromoteInput input;
          input.app_id = NormalizeUuid(req.app_id());
          input.environment = req.target_environment();
          backend_.sync->Promote(
              scope.caller, input, KeyOf(scope.caller, req), scope.context,
              AnswerWithApp(scope, res, finish, [res](const OperationRow& row) {
                res->set_environment(row.environment);
                res->set_changed(row.changed);
              }));
        });
  }

  ServerUnaryReactor* ListGitApps(CallbackServerContext* context,
                                  const v1::ListGitAppsRequest* request,
                                  v1::ListGitAppsResponse* response) override {
    return dispatcher_->RunAsync(
        context, request, response,
        [this](const CallScope& scope, const auto& req, auto* res,
               const Dispatcher::Finish& finish) {
          Violations violations;
          violations.RequireUuid("organization_id", req.organization_id());
          if (!req.ref().empty()) violations.RequireRef("ref", req.ref());
          const absl::StatusOr<int> limit = PageLimit(req.page_size());
          const absl::Status check =
              MergeViolations(std::move(violations), limit.status());
          if (!check.ok()) return finish(check);
          ListGitAppsInput input;
          input.organization_id = NormalizeUuid(req.organization_id());
          input.ref = req.ref();
          input.page_size = *limit;
          input.page_token = req.page_token();
          backend_.sync->ListGitApps(
              scope.caller, input, scope.context,
              [res, finish](const absl::StatusOr<ListGitAppsResult>& result) {
                if (!result.ok()) return finish(result.status());
                for (const GitAppEntry& entry : result->apps) {
                  *res->add_apps() = ToProto(entry);
                }
                res->set_next_page_token(result->next_page_token);
                res->set_commit_id(result->commit_id);
                finish(absl::OkStatus());
              });
        });
  }

  ServerUnaryReactor* CheckForUpdates(CallbackServerContext* context,
                                      const v1::CheckForUpdatesRequest* request,
                                      v1::CheckForUpdatesResponse* response) override {
    return dispatcher_->RunAsync(
        context, request, response,
        [this](const CallScope& scope, const auto& req, auto* res,
               const Dispatcher::Finish& finish) {
          Violations violations;
          violations.RequireUuid("app_id", req.app_id());
          const absl::StatusOr<int> limit = PageLimit(req.page_size());
          const absl::Status check =
              MergeViolations(std::move(violations), limit.status());
          if (!check.ok()) return finish(check);
          UpdatesInput input;
          input.app_id = NormalizeUuid(req.app_id());
          input.page_size = *limit;
          input.page_token = req.page_token();
          backend_.sync->CheckForUpdates(
              scope.caller, input, scope.context,
              [res, finish](const absl::StatusOr<UpdatesResult>& result) {
                if (!result.ok()) return finish(result.status());
                res->set_update_available(result->update_available);
                for (const CommitInfo& commit : result->commits) {
                  *res->add_commits() = ToProto(commit);
                }
                res->set_synced_commit_id(result->synced_commit_id);
                res->set_latest_commit_id(result->latest_commit_id);
                res->set_diverged(result->diverged);
                res->set_deleted(result->deleted);
                res->set_next_page_token(result->next_page_token);
                res->set_total_count(result->total_count);
                finish(absl::OkStatus());
              });
        });
  }

 private:
  static absl::Status CheckPush(const v1::PushAppVersionRequest& request) {
    Violations violations = CheckRequestId(request);
    violations.RequireUuid("app_id", request.app_id())
        .RequireUuid("version_id", request.version_id())
        .RequireCommitMessage("commit_message", request.commit_message());
    if (request.has_author()) {
      violations.RequireGitName("author.name", request.author().name())
          .RequireGitEmail("author.email", request.author().email());
    }
    if (!request.branch().empty()) {
      violations.RequireBranch("branch", request.branch());
    }
    return violations.ToStatus();
  }

  static absl::Status CheckCreate(const v1::CreateAppFromGitRequest& request) {
    constexpr size_t kMaxGitAppIdBytes = 128;
    Violations violations = CheckRequestId(request);
    violations
        .RequireVisibleAscii("git_app_id", request.git_app_id(), kMaxGitAppIdBytes)
        .RequireRef("git_version_id", request.git_version_id())
        .RequireUuid("organization_id", request.organization_id());
    if (!request.app_name().empty()) {
      violations.RequireName("app_name", request.app_name());
    }
    return violations.ToStatus();
  }

  static void SetPushResult(const OperationRow& row,
                            v1::PushAppVersionResponse* response) {
    *response->mutable_operation() = ToProto(row);
    response->set_commit_id(row.commit_id);
    response->set_branch(row.ref);
    response->set_changed(row.changed);
    auto& files = row.files_were_merged ? *response->mutable_merged_files()
                                        : *response->mutable_overwritten_files();
    files.Assign(row.files.begin(), row.files.end());
  }

  // Makes the callback that ends an operation's call. It answers with the operation,
  // its app and its version, and with what `set_rest` adds. It reads the store on a
  // thread of the dispatcher, as the worker that calls it must not wait.
  template <typename Response>
  SyncService::Done<OperationRow> AnswerWithApp(
      const CallScope& scope, Response* response, const Dispatcher::Finish& finish,
      std::function<void(const OperationRow&)> set_rest) const {
    return [this, caller = scope.caller, response, finish,
            set_rest = std::move(set_rest)](const absl::StatusOr<OperationRow>& row) {
      if (!row.ok()) return finish(row.status());
      dispatcher_->RunLast([this, caller, response, finish, set_rest, row = *row] {
        *response->mutable_operation() = ToProto(row);
        set_rest(row);
        finish(backend_.store->Read([&](const Transaction& tx) {
          return ReadAppAndVersion(tx, caller, row, response);
        }));
      });
    };
  }

  const Backend backend_;
  Dispatcher* const dispatcher_;
};

}  // namespace

std::unique_ptr<grpc::Service> NewGitSyncService(const Backend& backend,
                                                 Dispatcher* dispatcher) {
  return std::make_unique<GitSyncService>(backend, dispatcher);
}

}  // namespace gitsync
