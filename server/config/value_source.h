// Values of the configuration file that are stored elsewhere.

#ifndef GITSYNC_SERVER_CONFIG_VALUE_SOURCE_H_
#define GITSYNC_SERVER_CONFIG_VALUE_SOURCE_H_

#include <map>
#include <string>

#include "absl/status/status.h"
#include "gitsync/config/v1/server_config.pb.h"

namespace gitsync {

// Resolves the values of `git_configs`: replaces `${NAME}` with the value of that
// environment variable, and `file:PATH` with the file's content without the final line
// end. Blocks on the disk.
//
// INVALID_ARGUMENT, bare, with a line for each variable that is unset or empty and each
// file that can't be read. Each line names the setting.
absl::Status ResolveValues(const std::map<std::string, std::string>& environment,
                           config::v1::ServerConfig* config);

}  // namespace gitsync

#endif  // GITSYNC_SERVER_CONFIG_VALUE_SOURCE_H_
