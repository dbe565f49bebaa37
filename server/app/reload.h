// What SIGHUP does.

#ifndef GITSYNC_SERVER_APP_RELOAD_H_
#define GITSYNC_SERVER_APP_RELOAD_H_

#include <optional>
#include <string>
#include <vector>

#include "gitsync/config/v1/server_config.pb.h"
#include "server/app/application.h"
#include "server/base/secret.h"

namespace gitsync {

// Reads the configuration and the files that it names again, and takes up what may
// change while the server runs: certificates, known_hosts, the log level and
// `git_configs`. With a fault in any of them nothing changes; it is logged with its
// reason, and so is what was done, and what a restart is needed for. `running` is the
// configuration that is in force. Blocks on the disk.
void Reload(const std::vector<std::string>& arguments,
            const std::optional<Secret>& master_key, config::v1::ServerConfig* running,
            Application& application);

}  // namespace gitsync

#endif  // GITSYNC_SERVER_APP_RELOAD_H_
