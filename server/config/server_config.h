// The server's configuration: from a file, the environment and the command line, each
// overriding the one before, with defaults for the rest.

#ifndef GITSYNC_SERVER_CONFIG_SERVER_CONFIG_H_
#define GITSYNC_SERVER_CONFIG_SERVER_CONFIG_H_

#include <google/protobuf/descriptor.h>

#include <map>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "gitsync/config/v1/server_config.pb.h"

namespace gitsync {

// Settings by the name of their field, as text: from the environment or the command
// line.
using SettingValues = std::map<std::string, std::string>;

// Reads a configuration file's content: JSON if it starts with "{", else protobuf text.
// INVALID_ARGUMENT, bare, with the place of the fault; unknown fields are one.
absl::StatusOr<config::v1::ServerConfig> ParseConfigFile(absl::string_view content);

// Writes values over those that `config` has. INVALID_ARGUMENT, bare, naming every
// value that is not one of its field's type. `source` says where they are from, for
// example "--" or "GITSYNC_".
absl::Status ApplySettings(const SettingValues& values, absl::string_view source,
                           config::v1::ServerConfig* config);

// Fills in what is not set.
void ApplyDefaults(config::v1::ServerConfig* config);

// Checks a configuration whose defaults are filled in. INVALID_ARGUMENT, bare, with all
// that is wrong, a line each. Blocks on the disk: files that are named must be there.
absl::Status CheckConfig(const config::v1::ServerConfig& config);

// Whether a gateway alone speaks TLS to its backend: unless the backend is on loopback
// and no authorities are named, or `backend_plaintext` is set.
bool BackendUsesTls(const config::v1::ServerConfig& config);

// Whether a field can be given as text, by a flag or by the environment; the others are
// in the file alone.
bool IsTextSetting(const google::protobuf::FieldDescriptor& field);

// One line about each field that is a text setting, for the help text, by name.
const std::map<std::string, std::string>& SettingHelp();

}  // namespace gitsync

#endif  // GITSYNC_SERVER_CONFIG_SERVER_CONFIG_H_
