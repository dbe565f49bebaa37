// The HTTP/JSON gateway, set up as configured.

#ifndef GITSYNC_SERVER_APP_GATEWAY_H_
#define GITSYNC_SERVER_APP_GATEWAY_H_

#include <grpcpp/channel.h>

#include <memory>
#include <optional>

#include "absl/status/statusor.h"
#include "gitsync/config/v1/server_config.pb.h"
#include "server/app/application.h"
#include "server/base/logging.h"
#include "server/gateway/gateway_server.h"
#include "server/rpc/connection/tls.h"

namespace gitsync {

// Converts to the gateway's form, because the gateway does not know gRPC's.
gateway::GatewayTls GatewayTlsOf(const TlsMaterial& tls);

// Starts the gateway in front of the server at the end of `channel`; returns null if
// `http_listen` is "off". `call_level` is the log level for calls. Errors are for the
// operator.
absl::StatusOr<std::unique_ptr<gateway::GatewayServer>> StartGateway(
    const config::v1::ServerConfig& config, const std::optional<TlsMaterial>& tls,
    std::shared_ptr<grpc::Channel> channel, LogLevel call_level);

// Starts a standalone gateway in front of the server at `backend`, which need not be
// reachable yet. Errors are for the operator.
absl::StatusOr<std::unique_ptr<Application>> StartGatewayAlone(
    const config::v1::ServerConfig& config, const Material& material);

}  // namespace gitsync

#endif  // GITSYNC_SERVER_APP_GATEWAY_H_
