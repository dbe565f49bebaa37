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
// The server ("") and each service are SERVING from Start until Drain, while the store
// can be read and written and connections are accepted. This is checked every few
// seconds.
class GrpcServer {
 public:
  struct Options {
    std::string listen = "127.0.0.1:0";  // HOST:PORT; port 0 picks one
    std::optional<TlsMaterial> tls;      // nullopt: no TLS
    // Further connections are closed at once.
    int max_connections = 4096;
    bool reflection = true;
    absl::Duration health_period = absl::Seconds(3);
    Dispatcher::Options dispatcher;
  };

  // A server that listens and serves. The members of `backend` must outlive it.
  //
  // FAILED_PRECONDITION, bare, if the address can't be bound: for the operator.
  static absl::StatusOr<std::unique_ptr<GrpcServer>> Start(const Backend& backend,
                                                           const Options& options);

  // Shuts down without waiting for the running calls.
  virtual ~GrpcServer() = default;

  // The port that it listens on.
  virtual int port() const = 0;

  // A channel to this server that needs no network. It has no TLS, as nothing leaves
  // the process. Calls through it fail after Shutdown.
  virtual std::shared_ptr<grpc::Channel> InProcessChannel() = 0;

  // New connections are served with this certificate; existing ones continue. Does
  // nothing on a server without TLS. Does not block.
  virtual void SetTls(TlsMaterial material) = 0;

  // Reports NOT_SERVING, answers new calls with UNAVAILABLE (SHUTTING_DOWN), and blocks
  // until the running calls have ended. At `deadline` it cancels those that are left.
  // Calling it again is harmless.
  virtual void Drain(absl::Time deadline) = 0;

  // Cancels the calls that still run, closes every connection, and blocks until every
  // call has ended: the backend is not used any more. Whatever runs operations must
  // still exist, or have ended them all. Calling it again is harmless.
  virtual void Shutdown() = 0;
};

}  // namespace gitsync

#endif  // GITSYNC_SERVER_RPC_GRPC_SERVER_H_
