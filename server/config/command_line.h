#ifndef GITSYNC_SERVER_CONFIG_COMMAND_LINE_H_
#define GITSYNC_SERVER_CONFIG_COMMAND_LINE_H_

#include <map>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "gitsync/config/v1/server_config.pb.h"

namespace gitsync {

// What gitsyncd was asked to do on the command line.
struct CommandLine {
  enum class Action { kServe, kCheckConfig, kPrint };
  Action action = Action::kServe;
  // For kServe and kCheckConfig: complete and checked.
  config::v1::ServerConfig config;
  // Environment variables that look like settings but are not settings: for the log.
  std::vector<std::string> ignored_variables;
  // For kPrint: help or version.
  std::string text;
};

// Reads the command line (without the program's name), the file that --config names,
// and the environment. Blocks on the disk.
//
// INVALID_ARGUMENT, bare, with one line for each fault.
absl::StatusOr<CommandLine> ReadCommandLine(
    const std::vector<std::string>& arguments,
    const std::map<std::string, std::string>& environment);

// The environment of this process.
std::map<std::string, std::string> ProcessEnvironment();

}  // namespace gitsync

#endif  // GITSYNC_SERVER_CONFIG_COMMAND_LINE_H_
