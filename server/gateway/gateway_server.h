// The HTTP/JSON form of the API. It reads requests, calls a gRPC server, and returns
// its answers. All rules live in that server; this folder has only what HTTP needs.

#ifndef GITSYNC_SERVER_GATEWAY_GATEWAY_SERVER_H_
#define GITSYNC_SERVER_GATEWAY_GATEWAY_SERVER_H_

#include <memory>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "server/gateway/api_handler.h"
#include "server/gateway/http/http_server.h"

namespace gitsync::gateway {

class GatewayServer {
 public:
  struct Options {
    HttpServer::Options http;
    ApiHandler::Options api;
  };

  // Starts a gateway that listens and serves. Blocks only to resolve names; the backend
  // need not be up yet. Returns the errors of HttpServer::Start and ApiHandler::Create,
  // which are meant for the operator.
  static absl::StatusOr<std::unique_ptr<GatewayServer>> Start(Options options);

  // The HOST:PORT that it listens on, with the actual port.
  const std::string& address() const { return address_; }

  // See HttpServer::SetTls.
  absl::Status SetTls(const GatewayTls& tls) { return http_->SetTls(tls); }

  // Accepts no more connections; existing ones end with their next answer. Does not
  // block. Repeated calls are harmless.
  void Drain() { http_->Drain(); }

  // Accepts no more connections and lets running requests finish until `deadline`. Then
  // cancels the calls of the others, and returns when none is left. Repeated calls are
  // harmless.
  void Stop(absl::Time deadline) { http_->Stop(deadline); }

 private:
  GatewayServer() = default;

  std::unique_ptr<ApiHandler> handler_;
  std::unique_ptr<HttpServer> http_;
  std::string address_;
};

}  // namespace gitsync::gateway

#endif  // GITSYNC_SERVER_GATEWAY_GATEWAY_SERVER_H_
