// The server's configuration: from a file, the environment and the command line, each
// overriding the previous one, with defaults for the rest.

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

// Settings as text, by field name, from the environment or the command line.
using SettingValues = std::map<std::string, std::string>;

// Parses the content of a configuration file: JSON if it starts with "{", otherwise
// protobuf text. INVALID_ARGUMENT, bare, with the position of the fault; an unknown
// field is a fault too.
absl::StatusOr<config::v1::ServerConfig> ParseConfigFile(absl::string_view content);

// Overwrites the values in `config`. INVALID_ARGUMENT, bare, naming every value that
// does not fit its field's type. `source` says where the values come from, for example
// "--" or "GITSYNC_".
absl::Status ApplySettings(const SettingValues& values, absl::string_view source,
                           config::v1::ServerConfig* config);

// Fills in the defaults of settings that are not set.
void ApplyDefaults(config::v1::ServerConfig* config);

// Checks a configuration whose defaults are filled in. INVALID_ARGUMENT, bare, with one
// line for each fault. Blocks on the disk, because the files it names must exist.
absl::Status CheckConfig(const config::v1::ServerConfig& config);

// Whether a standalone gateway uses TLS to its backend. It does, unless the backend is
// on loopback and no authorities are named, or `backend_plaintext` is set.
bool BackendUsesTls(const config::v1::ServerConfig& config);

// Whether a field can be given as text, by a flag or by the environment. The other
// fields can be set only in the file.
bool IsTextSetting(const google::protobuf::FieldDescriptor& field);

// One line of help text for each field that is a text setting, by name.
const std::map<std::string, std::string>& SettingHelp();

}  // namespace gitsync

#endif  // GITSYNC_SERVER_CONFIG_SERVER_CONFIG_H_
