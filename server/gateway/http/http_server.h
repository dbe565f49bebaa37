#ifndef GITSYNC_SERVER_GATEWAY_HTTP_HTTP_SERVER_H_
#define GITSYNC_SERVER_GATEWAY_HTTP_HTTP_SERVER_H_

#include <memory>
#include <optional>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "server/gateway/http/byte_stream.h"
#include "server/gateway/http/connection.h"
#include "server/gateway/http/http_handler.h"

namespace gitsync::gateway {

// An HTTP/1.1 server with threads of its own, each of which has its share of the
// connections to itself.
class HttpServer {
 public:
  struct Options {
    std::string listen = "127.0.0.1:0";  // HOST:PORT, "[IPV6]:PORT"; port 0 picks one
    std::optional<GatewayTls> tls;       // nullopt: no TLS
    int threads = 0;                     // 0: as many as cores, at least 2
    HttpLimits limits;
    // How late a deadline of a connection may be noticed.
    absl::Duration tick = absl::Seconds(1);
  };

  // A server that listens. `handler` must outlive it.
  //
  // FAILED_PRECONDITION, bare, if the address can't be bound, INVALID_ARGUMENT, bare,
  // if it can't be read or TLS not be set up: for the operator.
  static absl::StatusOr<std::unique_ptr<HttpServer>> Start(HttpHandler* handler,
                                                           const Options& options);

  // Stops at once.
  virtual ~HttpServer() = default;

  // The port that it listens on.
  virtual int port() const = 0;

  // Connections that are made from now on are served with this certificate, those that
  // there are go on. Nothing happens on a server without TLS. Does not block.
  //
  // INVALID_ARGUMENT, bare, if the PEM is wrong: nothing has changed.
  virtual absl::Status SetTls(const GatewayTls& tls) = 0;

  // Takes no more connections, closes those without a request, and the others after
  // their answer. Does not block. Repeating is harmless.
  virtual void Drain() = 0;

  // Drains, blocks until no connection is left, and at `deadline` closes them, which
  // cancels what they wait for. Repeating is harmless.
  virtual void Stop(absl::Time deadline) = 0;
};

}  // namespace gitsync::gateway

#endif  // GITSYNC_SERVER_GATEWAY_HTTP_HTTP_SERVER_H_
