// The call to the backend that a request becomes.

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

// What all calls share; outlives them.
struct CallEnvironment {
  BackendStub* stub = nullptr;
  // Reads and writes of bodies that take long are done there.
  Executor* executor = nullptr;
  const CorsPolicy* cors = nullptr;
  LogLevel log_level = LogLevel::kInfo;
};

// What is known of a request before its body.
struct CallPlan {
  RouteMatch match;
  QueryParameters query;
  std::string request_id;
  // Headers of the request that matter; empty if not given.
  std::string authorization;
  std::string idempotency_key;
  std::string origin;
  bool gzip = false;
  bool head = false;  // only the headers of the answer are asked for
  absl::Time deadline = absl::InfiniteFuture();
};

// An exchange that makes the call of `plan.match`, which was found, and answers with
// what it returns; as newline-delimited JSON if that is a stream.
std::shared_ptr<HttpExchange> NewBackendCall(const CallEnvironment* environment,
                                             CallPlan plan);

}  // namespace gitsync::gateway

#endif  // GITSYNC_SERVER_GATEWAY_TRANSCODING_BACKEND_CALL_H_
