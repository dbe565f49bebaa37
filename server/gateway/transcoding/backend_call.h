// Turns a request into a call to the backend.

#ifndef GITSYNC_SERVER_GATEWAY_TRANSCODING_BACKEND_CALL_H_
#define GITSYNC_SERVER_GATEWAY_TRANSCODING_BACKEND_CALL_H_

#include <google/protobuf/message.h>
#include <grpcpp/channel.h>
#include <grpcpp/generic/generic_stub.h>
#include <grpcpp/impl/codegen/proto_utils.h>
#include <grpcpp/support/byte_buffer.h>

#include <memory>
#include <string>

#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "server/base/executor.h"
#include "server/gateway/http/http_handler.h"
#include "server/gateway/transcoding/cors.h"
#include "server/gateway/transcoding/route_matcher.h"
#include "server/gateway/transcoding/url_text.h"

namespace gitsync::gateway {

using BackendStub =
    grpc::TemplatedGenericStub<grpc::ByteBuffer, google::protobuf::Message>;

// Shared by all calls; must outlive them.
struct CallEnvironment {
  BackendStub* stub = nullptr;
  // Runs the reading and writing of large bodies.
  Executor* executor = nullptr;
  const CorsPolicy* cors = nullptr;
  LogLevel log_level = LogLevel::kInfo;
};

// Everything known about a request before its body arrives.
struct CallPlan {
  RouteMatch match;
  QueryParameters query;
  std::string request_id;
  // The relevant headers of the request; empty if not given.
  std::string authorization;
  std::string idempotency_key;
  std::string origin;
  bool gzip = false;
  bool head = false;  // the client asks only for the headers of the answer
  absl::Time deadline = absl::InfiniteFuture();
};

// Returns an exchange that makes the call of `plan.match`, which must be kFound, and
// answers with its result. A stream becomes newline-delimited JSON.
std::shared_ptr<HttpExchange> NewBackendCall(const CallEnvironment* environment,
                                             CallPlan plan);

}  // namespace gitsync::gateway

#endif  // GITSYNC_SERVER_GATEWAY_TRANSCODING_BACKEND_CALL_H_
