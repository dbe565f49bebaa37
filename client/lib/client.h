// A client of a GitSync server.
//
//   auto client = gitsync::client::Client::Create({.access_token = token});
//   gitsync::v1::PushAppVersionRequest request;
//   ...
//   auto pushed = (*client)->Call(&gitsync::v1::GitSyncService::Stub::PushAppVersion,
//                                 request);
//   if (!pushed.ok()) HandleError(gitsync::client::ErrorOf(pushed.status()));

#ifndef GITSYNC_CLIENT_LIB_CLIENT_H_
#define GITSYNC_CLIENT_LIB_CLIENT_H_

#include <grpcpp/channel.h>
#include <grpcpp/client_context.h>

#include <algorithm>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <stop_token>
#include <tuple>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "client/lib/client_options.h"
#include "client/lib/error.h"
#include "gitsync/v1/access_token_service.grpc.pb.h"
#include "gitsync/v1/app_service.grpc.pb.h"
#include "gitsync/v1/git_config_service.grpc.pb.h"
#include "gitsync/v1/git_sync_service.grpc.pb.h"
#include "gitsync/v1/operation_service.grpc.pb.h"
#include "gitsync/v1/organization_service.grpc.pb.h"

namespace gitsync::client {

// The limits of one call.
struct CallOptions {
  // How long it takes at most, retries included; ClientOptions::default_timeout when
  // not set.
  std::optional<absl::Duration> timeout = std::nullopt;
  // Cancels the call, which then fails with CANCELLED.
  std::stop_token stop = {};
};

// Makes calls to one server over one channel. Thread-safe; a process needs one.
//
// Every mutation gets a `request_id` if it has none, so that the retries that gRPC
// makes are harmless. To repeat a call yourself, set the id yourself.
class Client {
 public:
  // Makes a client. Doesn't block: the connection is made by the first call. Errors
  // are those of CreateChannel.
  static absl::StatusOr<std::unique_ptr<Client>> Create(const ClientOptions& options);

  // Calls over `channel`, one of CreateChannel's.
  Client(std::shared_ptr<grpc::Channel> channel, absl::Duration default_timeout);

  Client(const Client&) = delete;
  Client& operator=(const Client&) = delete;

  // The generated stub of a service, for example
  // `stub<gitsync::v1::AppService::Stub>()`: for calls that Call does not make, as
  // the asynchronous ones. Owned by the client. Such calls carry the access token and
  // are retried, but have no deadline unless their context has one.
  template <typename Stub>
  Stub& stub() {
    return *std::get<std::unique_ptr<Stub>>(stubs_);
  }

  // Makes a call by its stub's method, and blocks until it has ended.
  //
  // Errors are the rpc's, see its proto and ErrorOf, and:
  //   UNAVAILABLE        the server can't be reached, five attempts long.
  //   DEADLINE_EXCEEDED  the time ran out. A mutation may yet have been done.
  //   CANCELLED          `options.stop` asked for it.
  template <typename Stub, typename Request, typename Response>
  absl::StatusOr<Response> Call(grpc::Status (Stub::*method)(grpc::ClientContext*,
                                                             const Request&, Response*),
                                const Request& request,
                                const CallOptions& options = {}) {
    grpc::ClientContext context;
    Limit(options, context);
    const std::stop_callback cancel(options.stop, [&context] { context.TryCancel(); });
    Response response;
    const grpc::Status status = (stub<Stub>().*method)(&context, request, &response);
    if (!status.ok()) return ToStatus(status, context);
    return response;
  }

  // Makes a List call as often as there are pages, and returns them as one response.
  // Blocks; `options.timeout` is for each page.
  //
  // Stops at `limit` items; 0 means all. `next_page_token` is set in the result if
  // there are more. Errors are Call's.
  template <typename Stub, typename Request, typename Response>
  absl::StatusOr<Response> ListAll(
      grpc::Status (Stub::*method)(grpc::ClientContext*, const Request&, Response*),
      Request request, int64_t limit = 0, const CallOptions& options = {}) {
    Response all;
    while (true) {
      const int64_t missing = limit - ItemCount(all);
      request.set_page_size(
          static_cast<int32_t>(limit > 0 ? std::min(missing, kMaxPage) : kMaxPage));
      absl::StatusOr<Response> page = Call(method, request, options);
      if (!page.ok()) return page.status();
      all.clear_next_page_token();
      all.MergeFrom(*page);
      if (all.next_page_token().empty()) return all;
      if (limit > 0 && ItemCount(all) >= limit) return all;
      request.set_page_token(all.next_page_token());
    }
  }

  // Blocks until an operation has ended, and returns it. That it failed or was
  // cancelled is in its `state`, not an error of this call.
  //
  // `on_progress`, if any, runs on this thread for each state and phase that is seen,
  // the last one included. When the connection breaks it is made again, until
  // `deadline`. Stopping to wait does not stop the operation.
  //
  // Errors:
  //   NOT_FOUND          there is no such operation (OPERATION_NOT_FOUND).
  //   DEADLINE_EXCEEDED  `deadline` passed first.
  //   CANCELLED          `stop` asked for it.
  //   UNAUTHENTICATED    the access token is missing or wrong.
  absl::StatusOr<v1::Operation> WaitForOperation(
      const std::string& operation_id, absl::Time deadline,
      const std::function<void(const v1::Operation&)>& on_progress = nullptr,
      std::stop_token stop = {});

 private:
  // The most that a List call returns at once.
  static constexpr int64_t kMaxPage = 1000;

  // Sets the context's deadline.
  void Limit(const CallOptions& options, grpc::ClientContext& context) const;

  // Length of the one repeated field that the response of a List call has.
  static int64_t ItemCount(const google::protobuf::Message& list);

  const absl::Duration default_timeout_;
  const std::tuple<std::unique_ptr<v1::AccessTokenService::Stub>,
                   std::unique_ptr<v1::AppService::Stub>,
                   std::unique_ptr<v1::GitConfigService::Stub>,
                   std::unique_ptr<v1::GitSyncService::Stub>,
                   std::unique_ptr<v1::OperationService::Stub>,
                   std::unique_ptr<v1::OrganizationService::Stub>>
      stubs_;
};

}  // namespace gitsync::client

#endif  // GITSYNC_CLIENT_LIB_CLIENT_H_
