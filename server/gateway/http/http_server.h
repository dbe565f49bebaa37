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

// An HTTP/1.1 server with its own threads, each of which exclusively owns its share of
// the connections.
class HttpServer {
 public:
  struct Options {
    std::string listen = "127.0.0.1:0";  // HOST:PORT, "[IPV6]:PORT"; port 0 picks one
    std::optional<GatewayTls> tls;       // nullopt: no TLS
    int threads = 0;                     // 0: as many as there are cores, at least 2
    HttpLimits limits;
    // How late a connection's passed deadline may be noticed.
    absl::Duration tick = absl::Seconds(1);
  };

  // Starts a server that listens. `handler` must outlive it.
  //
  // Errors, bare, for the operator: FAILED_PRECONDITION if the address can't be bound;
  // INVALID_ARGUMENT if it can't be parsed or TLS can't be set up.
  static absl::StatusOr<std::unique_ptr<HttpServer>> Start(HttpHandler* handler,
                                                           const Options& options);

  // Stops at once.
  virtual ~HttpServer() = default;

  // The port that it listens on.
  virtual int port() const = 0;

  // Uses this certificate for connections made from now on; existing ones continue.
  // Does nothing on a server without TLS. Does not block.
  //
  // INVALID_ARGUMENT, bare, if the PEM is wrong; then nothing has changed.
  virtual absl::Status SetTls(const GatewayTls& tls) = 0;

  // Accepts no more connections, closes those without a request, and closes the others
  // after their answer. Does not block. Repeated calls are harmless.
  virtual void Drain() = 0;

  // Drains, and blocks until no connection is left. At `deadline` it closes the
  // remaining ones, which cancels the work they wait for. Repeated calls are harmless.
  virtual void Stop(absl::Time deadline) = 0;
};

}  // namespace gitsync::gateway

#endif  // GITSYNC_SERVER_GATEWAY_HTTP_HTTP_SERVER_H_
