// What the commands below `git config` share.

#ifndef GITSYNC_CLIENT_CLI_GIT_CONFIG_OPTIONS_H_
#define GITSYNC_CLIENT_CLI_GIT_CONFIG_OPTIONS_H_

#include <CLI/CLI.hpp>
#include <optional>
#include <string>

#include "absl/status/statusor.h"
#include "client/cli/session.h"

namespace gitsync::cli {

struct ConfigOptions {
  std::string org;
  std::string etag;
  bool replace = false;
  bool yes = false;
  v1::SshKeyType key_type = v1::SSH_KEY_TYPE_UNSPECIFIED;
  std::optional<std::string> url;
  std::optional<std::string> branch;
  std::optional<std::string> path_prefix;
  std::optional<std::string> username;
  // Files that secrets and certificates are read from.
  std::string token_file;
  std::string private_key_file;
  std::string ca_file;
  v1::ConfigureGitHubAppRequest github;
};

void AddKeyTypeOption(CLI::App& command, ConfigOptions& options,
                      const std::string& otherwise);
void AddSecretFile(CLI::App& command, const std::string& name, std::string& path,
                   const std::string& what, bool required);

// Reads a secret and strips the white space around it; empty for an empty path.
absl::StatusOr<std::string> ReadSecret(Session& session, const std::string& path);

absl::StatusOr<v1::GitConfig> GetConfig(Session& session,
                                        const std::string& organization_id);

// Describes what is lost with a finalized configuration, as part of a sentence.
absl::StatusOr<std::string> SyncedWith(Session& session, const v1::GitConfig& config);

void PrintConfig(Session& session, const v1::GitConfig& config);
// Prints the same, and the next step.
void PrintChangedConfig(Session& session, const v1::GitConfig& config);
// Prints only the key on standard output, so that it can be redirected to a file.
void PrintKey(Session& session, const v1::GitConfig& config);

}  // namespace gitsync::cli

#endif  // GITSYNC_CLIENT_CLI_GIT_CONFIG_OPTIONS_H_
