#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "gitsync/v1/organization_service.grpc.pb.h"
#include "server/base/status_macros.h"
#include "server/resource/organizations.h"
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

class OrganizationService : public v1::OrganizationService::CallbackService {
 public:
  OrganizationService(const Backend& backend, Dispatcher* dispatcher)
      : backend_(backend), dispatcher_(dispatcher) {}

  ServerUnaryReactor* CreateOrganization(CallbackServerContext* context,
                                         const v1::CreateOrganizationRequest* request,
                                         v1::Organization* response) override {
    return dispatcher_->Run(
        context, request, response,
        [this](const CallScope& scope, const auto& req, auto* res) -> absl::Status {
          CreateOrganizationInput input;
          input.id = req.organization_id();
          input.name = req.name();
          input.environments.assign(req.environments().begin(),
                                    req.environments().end());
          RETURN_IF_ERROR(
              MergeViolations(CheckRequestId(req), CheckCreateOrganization(input)));
          const absl::Time now = backend_.clock->Now();
          return WriteOnce(*backend_.store, KeyOf(scope.caller, req), now, res,
                           [&](Transaction& tx) -> absl::Status {
                             ASSIGN_OR_RETURN(const OrganizationRow row,
                                              gitsync::CreateOrganization(
                                                  tx, scope.caller, input, now));
                             *res = ToProto(row);
                             return absl::OkStatus();
                           })
              .status();
        });
  }

  ServerUnaryReactor* GetOrganization(CallbackServerContext* context,
                                      const v1::GetOrganizationRequest* request,
                                      v1::Organization* response) override {
    return dispatcher_->RunRead(
        context, request, response,
        [this](const CallScope& scope, const auto& req, auto* res) -> absl::Status {
          RETURN_IF_ERROR(Violations()
                              .RequireUuid("organization_id", req.organization_id())
                              .ToStatus());
          return backend_.store->Read([&](const Transaction& tx) -> absl::Status {
            ASSIGN_OR_RETURN(
                const OrganizationRow row,
                gitsync::GetOrganization(tx, scope.caller,
                                         NormalizeUuid(req.organization_id())));
            *res = ToProto(row);
            return absl::OkStatus();
          });
        });
  }

  ServerUnaryReactor* ListOrganizations(
      CallbackServerContext* context, const v1::ListOrganizationsRequest* request,
      v1::ListOrganizationsResponse* response) override {
    return dispatcher_->Run(
        context, request, response,
        [this](const CallScope& scope, const auto& req, auto* res) -> absl::Status {
          const std::string listing = "ListOrganizations";
          ASSIGN_OR_RETURN(const PageRequest page,
                           ReadPageRequest(listing, req.page_size(), req.page_token()));
          return backend_.store->Read([&](const Transaction& tx) -> absl::Status {
            ASSIGN_OR_RETURN(const Page<OrganizationRow> rows,
                             gitsync::ListOrganizations(tx, scope.caller, page));
            for (const OrganizationRow& row : rows.rows) {
              *res->add_organizations() = ToProto(row);
            }
            res->set_next_page_token(MakePageToken(listing, rows.next));
            return absl::OkStatus();
          });
        });
  }

  ServerUnaryReactor* UpdateOrganization(CallbackServerContext* context,
                                         const v1::UpdateOrganizationRequest* request,
                                         v1::Organization* response) override {
    return dispatcher_->Run(
        context, request, response,
        [this](const CallScope& scope, const auto& req, auto* res) -> absl::Status {
          Violations violations = CheckRequestId(req);
          const UpdateMask mask(req.update_mask(), {"name", "environments"},
                                violations);
          UpdateOrganizationInput input;
          input.id = req.organization_id();
          input.name = mask.Take("name", req.has_name(), req.name());
          input.environments =
              mask.Take("environments", req.environments_size() > 0,
                        std::vector<std::string>(req.environments().begin(),
                                                 req.environments().end()));
          input.etag = req.etag();
          RETURN_IF_ERROR(
              MergeViolations(std::move(violations), CheckUpdateOrganization(input)));
          const absl::Time now = backend_.clock->Now();
          return WriteOnce(*backend_.store, KeyOf(scope.caller, req), now, res,
                           [&](Transaction& tx) -> absl::Status {
                             ASSIGN_OR_RETURN(const OrganizationRow row,
                                              gitsync::UpdateOrganization(
                                                  tx, scope.caller, input, now));
                             *res = ToProto(row);
                             return absl::OkStatus();
                           })
              .status();
        });
  }

  ServerUnaryReactor* DeleteOrganization(CallbackServerContext* context,
                                         const v1::DeleteOrganizationRequest* request,
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
                                          gitsync::DeleteOrganization(
                                              tx, scope.caller,
                                              NormalizeUuid(req.organization_id()),
                                              req.etag()));
                                      return absl::OkStatus();
                                    })
                              .status());
          if (!dropped_mirror.empty()) backend_.sync->DropMirror(dropped_mirror);
          return absl::OkStatus();
        });
  }

 private:
  const Backend backend_;
  Dispatcher* const dispatcher_;
};

}  // namespace

std::unique_ptr<grpc::Service> NewOrganizationService(const Backend& backend,
                                                      Dispatcher* dispatcher) {
  return std::make_unique<OrganizationService>(backend, dispatcher);
}

}  // namespace gitsync
