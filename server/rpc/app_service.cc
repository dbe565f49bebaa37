#include <functional>
#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "gitsync/v1/app_service.grpc.pb.h"
#include "server/base/status_macros.h"
#include "server/resource/apps.h"
#include "server/resource/releases.h"
#include "server/resource/versions.h"
#include "server/rpc/convert.h"
#include "server/rpc/idempotency.h"
#include "server/rpc/page_token.h"
#include "server/rpc/request_fields.h"
#include "server/rpc/services.h"

namespace gitsync {
namespace {

using google::protobuf::Empty;
using grpc::CallbackServerContext;
using grpc::ServerUnaryReactor;

// The handlers, which the dispatcher runs.
class AppHandlers {
 public:
  explicit AppHandlers(const Backend& backend) : backend_(backend) {}

  absl::Status CreateApp(const CallScope& scope, const v1::CreateAppRequest& request,
                         v1::App* response) const {
    CreateAppInput input;
    input.organization_id = request.organization_id();
    input.id = request.app_id();
    input.name = request.name();
    input.definition = request.definition();
    input.version_name = request.version_name();
    RETURN_IF_ERROR(MergeViolations(CheckRequestId(request), CheckCreateApp(input)));
    return Write(scope, request, response, [&](Transaction& tx, absl::Time now) {
      return gitsync::CreateApp(tx, scope.caller, input, now);
    });
  }

  absl::Status GetApp(const CallScope& scope, const v1::GetAppRequest& request,
                      v1::App* response) const {
    RETURN_IF_ERROR(Violations().RequireUuid("app_id", request.app_id()).ToStatus());
    return backend_.store->Read([&](const Transaction& tx) -> absl::Status {
      ASSIGN_OR_RETURN(
          const AppView view,
          gitsync::GetApp(tx, scope.caller, NormalizeUuid(request.app_id())));
      *response = ToProto(view);
      return absl::OkStatus();
    });
  }

  absl::Status ListApps(const CallScope& scope, const v1::ListAppsRequest& request,
                        v1::ListAppsResponse* response) const {
    RETURN_IF_ERROR(Violations()
                        .RequireUuid("organization_id", request.organization_id())
                        .ToStatus());
    const std::string organization_id = NormalizeUuid(request.organization_id());
    const std::string listing = absl::StrCat("ListApps/", organization_id);
    ASSIGN_OR_RETURN(
        const PageRequest page,
        ReadPageRequest(listing, request.page_size(), request.page_token()));
    return backend_.store->Read([&](const Transaction& tx) -> absl::Status {
      ASSIGN_OR_RETURN(const Page<AppView> views,
                       gitsync::ListApps(tx, scope.caller, organization_id, page));
      for (const AppView& view : views.rows) *response->add_apps() = ToProto(view);
      response->set_next_page_token(MakePageToken(listing, views.next));
      return absl::OkStatus();
    });
  }

  absl::Status UpdateApp(const CallScope& scope, const v1::UpdateAppRequest& request,
                         v1::App* response) const {
    Violations violations = CheckRequestId(request);
    const UpdateMask mask(request.update_mask(), {"name", "editable"}, violations);
    UpdateAppInput input;
    input.id = request.app_id();
    input.name = mask.Take("name", request.has_name(), request.name());
    input.editable = mask.Take("editable", request.has_editable(), request.editable());
    input.etag = request.etag();
    RETURN_IF_ERROR(MergeViolations(std::move(violations), CheckUpdateApp(input)));
    return Write(scope, request, response, [&](Transaction& tx, absl::Time now) {
      return gitsync::UpdateApp(tx, scope.caller, input, now);
    });
  }

  absl::Status DeleteApp(const CallScope& scope, const v1::DeleteAppRequest& request,
                         Empty* response) const {
    RETURN_IF_ERROR(
        CheckRequestId(request).RequireUuid("app_id", request.app_id()).ToStatus());
    return WriteOnce(*backend_.store, KeyOf(scope.caller, request),
                     backend_.clock->Now(), response,
                     [&](Transaction& tx) {
                       return gitsync::DeleteApp(tx, scope.caller,
                                                 NormalizeUuid(request.app_id()),
                                                 request.etag());
                     })
        .status();
  }

  absl::Status CreateVersion(const CallScope& scope,
                             const v1::CreateVersionRequest& request,
                             v1::Version* response) const {
    CreateVersionInput input;
    input.app_id = request.app_id();
    input.id = request.version_id();
    input.name = request.name();
    input.definition = request.definition();
    RETURN_IF_ERROR(
        MergeViolations(CheckRequestId(request), CheckCreateVersion(input)));
    return Write(scope, request, response, [&](Transaction& tx, absl::Time now) {
      return gitsync::CreateVersion(tx, scope.caller, input, now);
    });
  }

  absl::Status GetVersion(const CallScope& scope, const v1::GetVersionRequest& request,
                          v1::Version* response) const {
    RETURN_IF_ERROR(Violations()
                        .RequireUuid("app_id", request.app_id())
                        .RequireUuid("version_id", request.version_id())
                        .ToStatus());
    return backend_.store->Read([&](const Transaction& tx) -> absl::Status {
      ASSIGN_OR_RETURN(
          VersionView view,
          gitsync::GetVersion(tx, scope.caller, NormalizeUuid(request.app_id()),
                              NormalizeUuid(request.version_id())));
      *response = ToProto(std::move(view));
      return absl::OkStatus();
    });
  }

  absl::Status ListVersions(const CallScope& scope,
                            const v1::ListVersionsRequest& request,
                            v1::ListVersionsResponse* response) const {
    RETURN_IF_ERROR(Violations().RequireUuid("app_id", request.app_id()).ToStatus());
    const std::string app_id = NormalizeUuid(request.app_id());
    const std::string listing = absl::StrCat("ListVersions/", app_id);
    ASSIGN_OR_RETURN(
        const PageRequest page,
        ReadPageRequest(listing, request.page_size(), request.page_token()));
    return backend_.store->Read([&](const Transaction& tx) -> absl::Status {
      ASSIGN_OR_RETURN(const Page<VersionRow> rows,
                       gitsync::ListVersions(tx, scope.caller, app_id, page));
      for (const VersionRow& row : rows.rows) {
        *response->add_versions() = ToProto(row);
      }
      response->set_next_page_token(MakePageToken(listing, rows.next));
      return absl::OkStatus();
    });
  }

  absl::Status UpdateVersion(const CallScope& scope,
                             const v1::UpdateVersionRequest& request,
                             v1::Version* response) const {
    Violations violations = CheckRequestId(request);
    const UpdateMask mask(request.update_mask(), {"name", "definition"}, violations);
    UpdateVersionInput input;
    input.app_id = request.app_id();
    input.id = request.version_id();
    input.name = mask.Take("name", request.has_name(), request.name());
    input.definition =
        mask.Take("definition", request.has_definition(), request.definition());
    input.etag = request.etag();
    RETURN_IF_ERROR(MergeViolations(std::move(violations), CheckUpdateVersion(input)));
    return Write(scope, request, response, [&](Transaction& tx, absl::Time now) {
      return gitsync::UpdateVersion(tx, scope.caller, input, now);
    });
  }

  absl::Status DeleteVersion(const CallScope& scope,
                             const v1::DeleteVersionRequest& request,
                             Empty* response) const {
    RETURN_IF_ERROR(CheckRequestId(request)
                        .RequireUuid("app_id", request.app_id())
                        .RequireUuid("version_id", request.version_id())
                        .ToStatus());
    return WriteOnce(*backend_.store, KeyOf(scope.caller, request),
                     backend_.clock->Now(), response,
                     [&](Transaction& tx) {
                       return gitsync::DeleteVersion(
                           tx, scope.caller, NormalizeUuid(request.app_id()),
                           NormalizeUuid(request.version_id()), request.etag());
                     })
        .status();
  }

  absl::Status GetRelease(const CallScope& scope, const v1::GetReleaseRequest& request,
                          v1::Release* response) const {
    RETURN_IF_ERROR(Violations()
                        .RequireUuid("app_id", request.app_id())
                        .RequireEnvironment("environment", request.environment())
                        .ToStatus());
    return backend_.store->Read([&](const Transaction& tx) -> absl::Status {
      ASSIGN_OR_RETURN(
          ReleaseView view,
          gitsync::GetRelease(tx, scope.caller, NormalizeUuid(request.app_id()),
                              request.environment()));
      *response = ToProto(std::move(view));
      return absl::OkStatus();
    });
  }

 private:
  // Runs `use_case` once, and answers with the row or view that it returns.
  template <typename Request, typename Response, typename UseCase>
  absl::Status Write(const CallScope& scope, const Request& request, Response* response,
                     const UseCase& use_case) const {
    const absl::Time now = backend_.clock->Now();
    return WriteOnce(*backend_.store, KeyOf(scope.caller, request), now, response,
                     [&](Transaction& tx) -> absl::Status {
                       ASSIGN_OR_RETURN(const auto result, use_case(tx, now));
                       *response = ToProto(result);
                       return absl::OkStatus();
                     })
        .status();
  }

  const Backend backend_;
};

class AppService : public v1::AppService::CallbackService {
 public:
  AppService(const Backend& backend, Dispatcher* dispatcher)
      : handlers_(backend), dispatcher_(dispatcher) {}

  ServerUnaryReactor* CreateApp(CallbackServerContext* context,
                                const v1::CreateAppRequest* request,
                                v1::App* response) override {
    return Run(context, request, response, &AppHandlers::CreateApp);
  }
  ServerUnaryReactor* GetApp(CallbackServerContext* context,
                             const v1::GetAppRequest* request,
                             v1::App* response) override {
    return dispatcher_->RunRead(context, request, response,
                                std::bind_front(&AppHandlers::GetApp, &handlers_));
  }
  ServerUnaryReactor* ListApps(CallbackServerContext* context,
                               const v1::ListAppsRequest* request,
                               v1::ListAppsResponse* response) override {
    return Run(context, request, response, &AppHandlers::ListApps);
  }
  ServerUnaryReactor* UpdateApp(CallbackServerContext* context,
                                const v1::UpdateAppRequest* request,
                                v1::App* response) override {
    return Run(context, request, response, &AppHandlers::UpdateApp);
  }
  ServerUnaryReactor* DeleteApp(CallbackServerContext* context,
                                const v1::DeleteAppRequest* request,
                                Empty* response) override {
    return Run(context, request, response, &AppHandlers::DeleteApp);
  }
  ServerUnaryReactor* CreateVersion(CallbackServerContext* context,
                                    const v1::CreateVersionRequest* request,
                                    v1::Version* response) override {
    return Run(context, request, response, &AppHandlers::CreateVersion);
  }
  ServerUnaryReactor* GetVersion(CallbackServerContext* context,
                                 const v1::GetVersionRequest* request,
                                 v1::Version* response) override {
    return Run(context, request, response, &AppHandlers::GetVersion);
  }
  ServerUnaryReactor* ListVersions(CallbackServerContext* context,
                                   const v1::ListVersionsRequest* request,
                                   v1::ListVersionsResponse* response) override {
    return Run(context, request, response, &AppHandlers::ListVersions);
  }
  ServerUnaryReactor* UpdateVersion(CallbackServerContext* context,
                                    const v1::UpdateVersionRequest* request,
                                    v1::Version* response) override {
    return Run(context, request, response, &AppHandlers::UpdateVersion);
  }
  ServerUnaryReactor* DeleteVersion(CallbackServerContext* context,
                                    const v1::DeleteVersionRequest* request,
                                    Empty* response) override {
    return Run(context, request, response, &AppHandlers::DeleteVersion);
  }
  ServerUnaryReactor* GetRelease(CallbackServerContext* context,
                                 const v1::GetReleaseRequest* request,
                                 v1::Release* response) override {
    return Run(context, request, response, &AppHandlers::GetRelease);
  }

 private:
  template <typename Request, typename Response>
  ServerUnaryReactor* Run(CallbackServerContext* context, const Request* request,
                          Response* response,
                          absl::Status (AppHandlers::*handler)(const CallScope&,
                                                               const Request&,
                                                               Response*) const) {
    return dispatcher_->Run(context, request, response,
                            std::bind_front(handler, &handlers_));
  }

  const AppHandlers handlers_;
  Dispatcher* const dispatcher_;
};

}  // namespace

std::unique_ptr<grpc::Service> NewAppService(const Backend& backend,
                                             Dispatcher* dispatcher) {
  return std::make_unique<AppService>(backend, dispatcher);
}

}  // namespace gitsync
