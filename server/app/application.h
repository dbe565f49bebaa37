// gitsyncd as one object: creates everything in the required order, and shuts it down
// in reverse order.

#ifndef GITSYNC_SERVER_APP_APPLICATION_H_
#define GITSYNC_SERVER_APP_APPLICATION_H_

#include <memory>
#include <optional>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "gitsync/config/v1/server_config.pb.h"
#include "server/app/material.h"
#include "server/base/secret.h"

namespace gitsync {

class Application {
 public:
  // Opens the data folder, recovers what an earlier run left unfinished, and serves.
  // `config` must have been checked (server/config). Blocks on the disk. With
  // `gateway_only`, only the gateway runs: there is no data folder, and no gRPC server.
  // `admin_token` is the first administrator's token; one is created if it is not
  // given.
  //
  // Errors are for the operator: one line each, with paths.
  static absl::StatusOr<std::unique_ptr<Application>> Start(
      const config::v1::ServerConfig& config, Material material,
      const std::optional<Secret>& admin_token);

  // Stops immediately.
  virtual ~Application() = default;

  // HOST:PORT of the gRPC server, with its actual port. For a standalone gateway, this
  // is the backend's address.
  virtual std::string grpc_address() const = 0;

  // HOST:PORT of the HTTP/JSON gateway, likewise; "off" if there is no gateway.
  virtual std::string http_address() const = 0;

  // Applies the certificate, the host keys and the git configurations of a checked
  // configuration to everything that starts from now on; existing work continues
  // unchanged. Ignores the rest of the configuration. Blocks on the disk. Not to be
  // called during Stop.
  //
  // Errors are for the operator; whatever was applied before the error stays in effect.
  virtual absl::Status Reload(const config::v1::ServerConfig& config,
                              Material material) = 0;

  // Accepts no more work, gives running work until `deadline`, then cancels it, and
  // returns when all of it has ended. May be called repeatedly.
  virtual void Stop(absl::Time deadline) = 0;
};

}  // namespace gitsync

#endif  // GITSYNC_SERVER_APP_APPLICATION_H_
