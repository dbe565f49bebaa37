#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "gitsync/v1/operation_service.grpc.pb.h"
#include "server/base/error.h"
#include "server/base/reason.h"
#include "server/base/status_macros.h"
#include "server/resource/access.h"
#include "server/rpc/convert.h"
#include "server/rpc/idempotency.h"
#include "server/rpc/page_token.h"
#include "server/rpc/request_fields.h"
#include "server/rpc/services.h"
#include "server/rpc/watch_call.h"

namespace gitsync {
namespace {

using grpc::CallbackServerContext;
using grpc::ServerUnaryReactor;
using grpc::ServerWriteReactor;

class OperationService : public v1::OperationService::CallbackService {
 public:
  OperationService(const Backend& backend, Dispatcher* dispatcher)
      : backend_(backend), dispatcher_(dispatcher) {}

  ServerUnaryReactor* GetOperation(CallbackServerContext* context,
                                   const v1::GetOperationRequest* request,
                                   v1::Operation* response) override {
    return dispatcher_->RunRead(
        context, request, response,
        [this](const CallScope& scope, const auto& req, auto* res) -> absl::Status {
          RETURN_IF_ERROR(
              Violations().RequireUuid("operation_id", req.operation_id()).ToStatus());
          OperationRow row;
          RETURN_IF_ERROR(backend_.store->Read([&](const Transaction& tx) {
            return Find(tx, scope.caller, req.operation_id(), Role::kViewer, &row);
          }));
          *res = ToProto(backend_.sync->operations().WithLivePhase(std::move(row)));
          return absl::OkStatus();
        });
  }

  ServerUnaryReactor* ListOperations(CallbackServerContext* context,
                                     const v1::ListOperationsRequest* request,
                                     v1::ListOperationsResponse* response) override {
    return dispatcher_->Run(context, request, response,
                            [this](const CallScope& scope, const auto& req, auto* res) {
                              return List(scope, req, res);
                            });
  }

  ServerWriteReactor<v1::WatchOperationResponse>* WatchOperation(
      CallbackServerContext* context,
      const v1::WatchOperationRequest* request) override {
    return WatchCall::Start(dispatcher_, &backend_.sync->operations(), context,
                            request);
  }

  ServerUnaryReactor* CancelOperation(CallbackServerContext* context,
                                      const v1::CancelOperationRequest* request,
                                      v1::Operation* response) override {
    return dispatcher_->Run(
        context, request, response,
        [this](const CallScope& scope, const auto& req, auto* res) -> absl::Status {
          RETURN_IF_ERROR(CheckRequestId(req)
                              .RequireUuid("operation_id", req.operation_id())
                              .ToStatus());
          RETURN_IF_ERROR(
              WriteOnce(
                  *backend_.store, KeyOf(scope.caller, req), backend_.clock->Now(), res,
                  [&](Transaction& tx) -> absl::Status {
                    OperationRow row;
                    RETURN_IF_ERROR(Find(tx, scope.caller, req.operation_id(),
                                         Role::kEditor, &row));
                    *res = ToProto(
                        backend_.sync->operations().WithLivePhase(std::move(row)));
                    return absl::OkStatus();
                  })
                  .status());
          backend_.sync->operations().Cancel(NormalizeUuid(req.operation_id()));
          return absl::OkStatus();
        });
  }

 private:
  static absl::Status Find(const Transaction& tx, const Caller& caller,
                           const std::string& id, Role role, OperationRow* row) {
    ASSIGN_OR_RETURN(*row, FindOperation(tx, caller, NormalizeUuid(id), role));
    return absl::OkStatus();
  }

  absl::Status List(const CallScope& scope, const v1::ListOperationsRequest& request,
                    v1::ListOperationsResponse* response) const {
    Violations violations;
    violations.OptionalUuid("organization_id", request.organization_id())
        .OptionalUuid("app_id", request.app_id());
    std::string organization_id = NormalizeUuid(request.organization_id());
    if (organization_id.empty()) organization_id = scope.caller.organization_id;
    const std::string app_id = NormalizeUuid(request.app_id());
    if (organization_id.empty() && app_id.empty()) {
      violations.Add("organization_id",
                     "is required unless app_id is given, as your token belongs to no "
                     "organization");
    }
    RETURN_IF_ERROR(violations.ToStatus());
    const std::string listing =
        absl::StrCat("ListOperations/", organization_id, "/", app_id);
    ASSIGN_OR_RETURN(
        const PageRequest page,
        ReadPageRequest(listing, request.page_size(), request.page_token()));
    Page<OperationRow> rows;
    RETURN_IF_ERROR(backend_.store->Read([&](const Transaction& tx) -> absl::Status {
      std::string owner = organization_id;
      if (!app_id.empty()) {
        ASSIGN_OR_RETURN(const AppRow app,
                         FindApp(tx, scope.caller, app_id, Role::kViewer));
        if (owner.empty()) owner = app.organization_id;
      }
      RETURN_IF_ERROR(
          FindOrganization(tx, scope.caller, owner, Role::kViewer).status());
      ASSIGN_OR_RETURN(rows, tx.operations().List(owner, app_id, page));
      return absl::OkStatus();
    }));
    for (OperationRow& row : rows.rows) {
      *response->add_operations() =
          ToProto(backend_.sync->operations().WithLivePhase(std::move(row)));
    }
    response->set_next_page_token(MakePageToken(listing, rows.next));
    return absl::OkStatus();
  }

  const Backend backend_;
  Dispatcher* const dispatcher_;
};

}  // namespace

std::unique_ptr<grpc::Service> NewOperationService(const Backend& backend,
                                                   Dispatcher* dispatcher) {
  return std::make_unique<OperationService>(backend, dispatcher);
}

}  // namespace gitsync
