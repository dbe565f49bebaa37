#include "server/app/transports.h"

#include <utility>

#include "server/base/status_macros.h"
#include "server/git/transport/host_keys.h"
#include "server/git/transport/transport_options.h"
#include "server/git/transport/transport_router.h"

namespace gitsync {

absl::StatusOr<std::unique_ptr<GitTransport>> MakeTransport(
    const config::v1::ServerConfig& config) {
  TransportOptions options;
  options.allow_private = config.allow_private_remotes();
  options.allow_file = config.allow_file_remotes();
  options.stall_limit = absl::Seconds(config.remote_stall_seconds());
  ASSIGN_OR_RETURN(options.host_keys, HostKeys::Load(config.known_hosts_file()));
  return std::make_unique<TransportRouter>(options);
}

}  // namespace gitsync
