// The handler of SIGHUP.

#ifndef GITSYNC_SERVER_APP_RELOAD_H_
#define GITSYNC_SERVER_APP_RELOAD_H_

#include <optional>
#include <string>
#include <vector>

#include "gitsync/config/v1/server_config.pb.h"
#include "server/app/application.h"
#include "server/base/secret.h"

namespace gitsync {

// Reads the configuration and the files that it names again, and applies what may
// change while the server runs: certificates, known_hosts, the log level and
// `git_configs`. If any of them has a fault, nothing changes. Logs the fault with its
// reason, or that the reload is done, and the settings that need a restart. `running`
// is the configuration in force. Blocks on the disk.
void Reload(const std::vector<std::string>& arguments,
            const std::optional<Secret>& master_key, config::v1::ServerConfig* running,
            Application& application);

}  // namespace gitsync

#endif  // GITSYNC_SERVER_APP_RELOAD_H_
