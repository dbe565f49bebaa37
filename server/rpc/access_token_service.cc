#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "gitsync/v1/access_token_service.grpc.pb.h"
#include "server/base/status_macros.h"
#include "server/resource/access_tokens.h"
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

class AccessTokenService : public v1::AccessTokenService::CallbackService {
 public:
  AccessTokenService(const Backend& backend, Dispatcher* dispatcher)
      : backend_(backend), dispatcher_(dispatcher) {}

  ServerUnaryReactor* CreateAccessToken(
      CallbackServerContext* context, const v1::CreateAccessTokenRequest* request,
      v1::CreateAccessTokenResponse* response) override {
    return dispatcher_->Run(
        context, request, response,
        [this](const CallScope& scope, const auto& req, auto* res) -> absl::Status {
          const absl::Time now = backend_.clock->Now();
          CreateAccessTokenInput input;
          input.name = req.name();
          input.role = RoleOf(req.role());
          input.organization_id = req.organization_id();
          if (req.has_expire_time()) input.expire_time = TimeOf(req.expire_time());
          RETURN_IF_ERROR(
              MergeViolations(CheckRequestId(req), CheckCreateAccessToken(input, now)));
          // Added to the response only after the response was stored: the secret itself
          // must not be stored.
          Secret secret;
          RETURN_IF_ERROR(
              WriteOnce(*backend_.store, KeyOf(scope.caller, req), now, res,
                        [&](Transaction& tx) -> absl::Status {
                          ASSIGN_OR_RETURN(
                              CreatedAccessToken created,
                              gitsync::CreateAccessToken(tx, scope.caller, input, now));
                          *res->mutable_access_token() = ToProto(created.row);
                          secret = std::move(created.secret);
                          return absl::OkStatus();
                        })
                  .status());
          res->set_secret(std::string(secret.Reveal()));
          return absl::OkStatus();
        });
  }

  ServerUnaryReactor* ListAccessTokens(
      CallbackServerContext* context, const v1::ListAccessTokensRequest* request,
      v1::ListAccessTokensResponse* response) override {
    return dispatcher_->Run(
        context, request, response,
        [this](const CallScope& scope, const auto& req, auto* res) -> absl::Status {
          RETURN_IF_ERROR(Violations()
                              .OptionalUuid("organization_id", req.organization_id())
                              .ToStatus());
          const std::string organization_id = NormalizeUuid(req.organization_id());
          const std::string listing =
              absl::StrCat("ListAccessTokens/", organization_id);
          ASSIGN_OR_RETURN(const PageRequest page,
                           ReadPageRequest(listing, req.page_size(), req.page_token()));
          return backend_.store->Read([&](const Transaction& tx) -> absl::Status {
            ASSIGN_OR_RETURN(
                const Page<AccessTokenRow> rows,
                gitsync::ListAccessTokens(tx, scope.caller, organization_id, page));
            for (const AccessTokenRow& row : rows.rows) {
              v1::AccessToken& token = *res->add_access_tokens();
              token = ToProto(row);
              token.set_current(row.id == scope.caller.token_id);
            }
            res->set_next_page_token(MakePageToken(listing, rows.next));
            return absl::OkStatus();
          });
        });
  }

  ServerUnaryReactor* RevokeAccessToken(CallbackServerContext* context,
                                        const v1::RevokeAccessTokenRequest* request,
                                        Empty* response) override {
    return dispatcher_->Run(
        context, request, response,
        [this](const CallScope& scope, const auto& req, auto* res) -> absl::Status {
          RETURN_IF_ERROR(CheckRequestId(req)
                              .RequireUuid("access_token_id", req.access_token_id())
                              .ToStatus());
          const absl::Time now = backend_.clock->Now();
          return WriteOnce(*backend_.store, KeyOf(scope.caller, req), now, res,
                           [&](Transaction& tx) {
                             return gitsync::RevokeAccessToken(
                                 tx, scope.caller, NormalizeUuid(req.access_token_id()),
                                 now);
                           })
              .status();
        });
  }

 private:
  const Backend backend_;
  Dispatcher* const dispatcher_;
};

}  // namespace

std::unique_ptr<grpc::Service> NewAccessTokenService(const Backend& backend,
                                                     Dispatcher* dispatcher) {
  return std::make_unique<AccessTokenService>(backend, dispatcher);
}

}  // namespace gitsync
