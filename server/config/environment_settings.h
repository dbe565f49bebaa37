// The settings in the environment: `GITSYNC_` and the field's name in upper case.

#ifndef GITSYNC_SERVER_CONFIG_ENVIRONMENT_SETTINGS_H_
#define GITSYNC_SERVER_CONFIG_ENVIRONMENT_SETTINGS_H_

#include <map>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "server/config/server_config.h"

namespace gitsync {

struct EnvironmentSettings {
  SettingValues values;
  // Variables that are no settings and do not resemble one either: for the log.
  std::vector<std::string> ignored;
};

// Variables that GitSync's programs use otherwise, and those that Kubernetes sets for a
// Service named "gitsync" or "gitsync-...", are passed over without a word.
//
// INVALID_ARGUMENT, bare, naming each variable that resembles a setting, and that
// setting: a misspelled one must not go unnoticed.
absl::StatusOr<EnvironmentSettings> SettingsFromEnvironment(
    const std::map<std::string, std::string>& environment);

}  // namespace gitsync

#endif  // GITSYNC_SERVER_CONFIG_ENVIRONMENT_SETTINGS_H_
