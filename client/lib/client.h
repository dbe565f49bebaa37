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
  // The maximum duration of the call, including retries; ClientOptions::default_timeout
  // if not set.
  std::optional<absl::Duration> timeout = std::nullopt;
  // Cancels the call, which then fails with CANCELLED.
  std::stop_token stop = {};
};

// Makes calls to one server over one channel. Thread-safe; a process needs only one.
//
// Every mutation gets a `request_id` if it has none, so that gRPC's retries are
// harmless. To repeat a call yourself, set the id yourself.
class Client {
 public:
  // Creates a client. Does not block: the first call connects. Errors are those of
  // CreateChannel.
  static absl::StatusOr<std::unique_ptr<Client>> Create(const ClientOptions& options);

  // Calls over `channel`, which CreateChannel created.
  Client(std::shared_ptr<grpc::Channel> channel, absl::Duration default_timeout);

  Client(const Client&) = delete;
  Client& operator=(const Client&) = delete;

  // The generated stub of a service, for example
  // `stub<gitsync::v1::AppService::Stub>()`. It is for calls that Call does not
  // support, such as asynchronous ones. Owned by the client. Such calls carry the
  // access token and are retried, but have no deadline unless their context has one.
  template <typename Stub>
  Stub& stub() {
    return *std::get<std::unique_ptr<Stub>>(stubs_);
  }

  // Makes a call through a method of its stub, and blocks until the call has ended.
  //
  // Errors are those of the rpc, see its proto and ErrorOf, and:
  //   UNAVAILABLE        the server could not be reached in five attempts.
  //   DEADLINE_EXCEEDED  the time ran out. A mutation may still have been done.
  //   CANCELLED          `options.stop` requested it.
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

  // Makes a List call once for each page, and returns all pages as one response.
  // Blocks; `options.timeout` applies to each page.
  //
  // Stops at `limit` items; 0 means all. If there are more, `next_page_token` is set in
  // the result. Errors are those of Call.
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

  // Blocks until an operation has ended, and returns it. If the operation failed or was
  // cancelled, its `state` says so; that is not an error of this call.
  //
  // `on_progress`, if any, runs on this thread for each state and phase that is seen,
  // including the last one. If the connection breaks, it is established again, until
  // `deadline`. The end of the wait does not stop the operation.
  //
  // Errors:
  //   NOT_FOUND          there is no such operation (OPERATION_NOT_FOUND).
  //   DEADLINE_EXCEEDED  `deadline` passed first.
  //   CANCELLED          `stop` requested it.
  //   UNAUTHENTICATED    the access token is missing or wrong.
  absl::StatusOr<v1::Operation> WaitForOperation(
      const std::string& operation_id, absl::Time deadline,
      const std::function<void(const v1::Operation&)>& on_progress = nullptr,
      std::stop_token stop = {});

 private:
  // The maximum number of items that a List call returns at once.
  static constexpr int64_t kMaxPage = 1000;

  // Sets the context's deadline.
  void Limit(const CallOptions& options, grpc::ClientContext& context) const;

  // The length of the only repeated field in a List call's response.
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
