#ifndef GITSYNC_SERVER_RPC_GRPC_SERVER_H_
#define GITSYNC_SERVER_RPC_GRPC_SERVER_H_

#include <grpcpp/channel.h>

#include <memory>
#include <optional>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "server/rpc/call/dispatcher.h"
#include "server/rpc/connection/tls.h"
#include "server/rpc/services.h"

namespace gitsync {

// The gRPC server: all services of gitsync.v1, health (grpc.health.v1) and reflection.
//
// Health of the server ("") and of each service is SERVING while the store can be read
// and written and connections are accepted, as far as is known from a look every few
// seconds, and from Start until Drain.
class GrpcServer {
 public:
  struct Options {
    std::string listen = "127.0.0.1:0";  // HOST:PORT; port 0 picks one
    std::optional<TlsMaterial> tls;      // nullopt: no TLS
    // One connection more is closed at once.
    int max_connections = 4096;
    bool reflection = true;
    absl::Duration health_period = absl::Seconds(3);
    Dispatcher::Options dispatcher;
  };

  // A server that listens and serves. What `backend` names must outlive it.
  //
  // FAILED_PRECONDITION, bare, if the address can't be bound: for the operator.
  static absl::StatusOr<std::unique_ptr<GrpcServer>> Start(const Backend& backend,
                                                           const Options& options);

  // Shuts down without waiting for the calls in hand.
  virtual ~GrpcServer() = default;

  // The port that it listens on.
  virtual int port() const = 0;

  // A channel to this server that needs no network; without TLS, as nothing leaves the
  // process. Calls through it fail after Shutdown.
  virtual std::shared_ptr<grpc::Channel> InProcessChannel() = 0;

  // Connections that are made from now on are served with this certificate, those that
  // there are go on. Nothing happens on a server without TLS. Does not block.
  virtual void SetTls(TlsMaterial material) = 0;

  // Says NOT_SERVING, answers new calls with UNAVAILABLE (SHUTTING_DOWN), and blocks
  // until the calls in hand have ended; at `deadline` cancels those that have not.
  // Repeating is harmless.
  virtual void Drain(absl::Time deadline) = 0;

  // Closes every connection, having cancelled what is still in hand, and blocks until
  // every call has ended: the backend is not used any more. What runs operations must
  // still be there, or have ended them all. Repeating is harmless.
  virtual void Shutdown() = 0;
};

}  // namespace gitsync

#endif  // GITSYNC_SERVER_RPC_GRPC_SERVER_H_
