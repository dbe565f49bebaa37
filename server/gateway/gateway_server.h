// The HTTP/JSON form of the API: reads requests, calls a gRPC server, and answers with
// what it says. All rules are that server's; here is only what HTTP needs.

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

  // A gateway that listens and serves. Blocks on name resolution only; the backend need
  // not be there yet. Errors as of HttpServer::Start and ApiHandler::Create: for the
  // operator.
  static absl::StatusOr<std::unique_ptr<GatewayServer>> Start(Options options);

  // HOST:PORT that it listens on, with the port that it really has.
  const std::string& address() const { return address_; }

  // As HttpServer::SetTls.
  absl::Status SetTls(const GatewayTls& tls) { return http_->SetTls(tls); }

  // Takes no more connections; those that there are end with their next answer. Does
  // not block. Repeating is harmless.
  void Drain() { http_->Drain(); }

  // Takes no more connections, lets requests in hand end until `deadline`, cancels the
  // calls of the others, and returns when none is left. Repeating is harmless.
  void Stop(absl::Time deadline) { http_->Stop(deadline); }

 private:
  GatewayServer() = default;

  std::unique_ptr<ApiHandler> handler_;
  std::unique_ptr<HttpServer> http_;
  std::string address_;
};

}  // namespace gitsync::gateway

#endif  // GITSYNC_SERVER_GATEWAY_GATEWAY_SERVER_H_
