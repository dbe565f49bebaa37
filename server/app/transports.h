#ifndef GITSYNC_SERVER_APP_TRANSPORTS_H_
#define GITSYNC_SERVER_APP_TRANSPORTS_H_

#include <memory>

#include "absl/status/statusor.h"
#include "gitsync/config/v1/server_config.pb.h"
#include "server/git/transport/transport.h"

namespace gitsync {

// A transport for every form of URL that the configuration allows, with logins for
// every kind of credentials. Reads the known_hosts file that the configuration names,
// and the proxy's variables in the environment.
absl::StatusOr<std::unique_ptr<GitTransport>> MakeTransport(
    const config::v1::ServerConfig& config);

}  // namespace gitsync

#endif  // GITSYNC_SERVER_APP_TRANSPORTS_H_
