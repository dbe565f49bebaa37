// gitsyncd as one object: everything made in the order that it needs, and ended in the
// reverse one.

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
  // Opens the data folder, takes up what an earlier run left, and serves. `config` was
  // checked (server/config). Blocks on the disk. With `gateway_only`, the gateway is
  // all there is: no data folder, and no gRPC server. `admin_token` is the first
  // administrator's; one is made if it is not given.
  //
  // Errors are for the operator: a line each, with paths.
  static absl::StatusOr<std::unique_ptr<Application>> Start(
      const config::v1::ServerConfig& config, Material material,
      const std::optional<Secret>& admin_token);

  // Stops at once.
  virtual ~Application() = default;

  // HOST:PORT of the gRPC server, with the port that it really has: the backend's for a
  // gateway alone.
  virtual std::string grpc_address() const = 0;

  // HOST:PORT of the HTTP/JSON gateway, likewise; "off" if there is none.
  virtual std::string http_address() const = 0;

  // Takes up the certificate, the host keys and the git configurations of a checked
  // configuration, for all that begins from now on; what there is goes on. The rest of
  // it is left alone. Blocks on the disk. Not to be called during Stop.
  //
  // Errors are for the operator; what was taken up before is kept.
  virtual absl::Status Reload(const config::v1::ServerConfig& config,
                              Material material) = 0;

  // Takes on no more work, gives what is in hand until `deadline`, then cancels it, and
  // returns when all of it has ended. Repeating is harmless.
  virtual void Stop(absl::Time deadline) = 0;
};

}  // namespace gitsync

#endif  // GITSYNC_SERVER_APP_APPLICATION_H_
