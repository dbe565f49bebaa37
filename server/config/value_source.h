// Values of the configuration file that are kept elsewhere.

#ifndef GITSYNC_SERVER_CONFIG_VALUE_SOURCE_H_
#define GITSYNC_SERVER_CONFIG_VALUE_SOURCE_H_

#include <map>
#include <string>

#include "absl/status/status.h"
#include "gitsync/config/v1/server_config.pb.h"

namespace gitsync {

// Replaces each value of `git_configs` that is `${NAME}` by the environment's variable,
// and each that is `file:PATH` by the file's content without the line end at its end.
// Blocks on the disk.
//
// INVALID_ARGUMENT, bare, with a line for each variable that is not set or empty and
// each file that can't be read, by the name of its setting.
absl::Status ResolveValues(const std::map<std::string, std::string>& environment,
                           config::v1::ServerConfig* config);

}  // namespace gitsync

#endif  // GITSYNC_SERVER_CONFIG_VALUE_SOURCE_H_
