// Settings from the environment: `GITSYNC_` and the field's name in upper case.

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
  // Variables that neither are settings nor resemble one: for the log.
  std::vector<std::string> ignored;
};

// Silently skips variables that GitSync's programs use for other purposes, and those
// that Kubernetes sets for a Service named "gitsync" or "gitsync-...".
//
// INVALID_ARGUMENT, bare, names each variable that resembles a setting, and that
// setting, because a misspelled setting must not go unnoticed.
absl::StatusOr<EnvironmentSettings> SettingsFromEnvironment(
    const std::map<std::string, std::string>& environment);

}  // namespace gitsync

#endif  // GITSYNC_SERVER_CONFIG_ENVIRONMENT_SETTINGS_H_
