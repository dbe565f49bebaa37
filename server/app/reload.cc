#include "server/app/reload.h"

#include <google/protobuf/descriptor.h>
#include <google/protobuf/text_format.h>

#include <utility>

#include "absl/status/statusor.h"
#include "absl/strings/str_join.h"
#include "server/app/managed_git_configs.h"
#include "server/app/material.h"
#include "server/base/logging.h"
#include "server/base/status_macros.h"
#include "server/config/command_line.h"

namespace gitsync {
namespace {

using config::v1::ServerConfig;

// Returns the settings whose changes a running server can't apply.
std::vector<std::string> NeedRestart(ServerConfig config, ServerConfig running) {
  for (ServerConfig* one : {&config, &running}) {
    one->clear_git_configs();
    one->clear_log_level();
    one->clear_known_hosts_file();
    // Other file names are allowed, but not if the running server has no such file.
    for (std::string* file :
         {one->mutable_tls_certificate_file(), one->mutable_tls_private_key_file(),
          one->mutable_tls_client_ca_file()}) {
      if (!file->empty()) *file = "set";
    }
  }
  std::vector<std::string> names;
  const auto* const descriptor = ServerConfig::descriptor();
  for (int i = 0; i < descriptor->field_count(); ++i) {
    const auto* const field = descriptor->field(i);
    if (field->is_repeated()) continue;
    std::string wanted;
    std::string has;
    google::protobuf::TextFormat::PrintFieldValueToString(config, field, -1, &wanted);
    google::protobuf::TextFormat::PrintFieldValueToString(running, field, -1, &has);
    if (wanted != has) names.emplace_back(field->name());
  }
  return names;
}

// Applies the changes, and returns the configuration that is then in force.
absl::StatusOr<ServerConfig> TakeUp(const std::vector<std::string>& arguments,
                                    const std::optional<Secret>& master_key,
                                    const ServerConfig& running,
                                    Application& application) {
  ASSIGN_OR_RETURN(const CommandLine line,
                   ReadCommandLine(arguments, ProcessEnvironment()));
  ServerConfig config = running;
  const std::vector<std::string> later = NeedRestart(line.config, running);
  if (!later.empty()) {
    Log(LogLevel::kWarning, "settings were changed that take a restart",
        {{"settings", absl::StrJoin(later, ", ")}});
  }
  *config.mutable_git_configs() = line.config.git_configs();
  config.set_log_level(line.config.log_level());
  config.set_known_hosts_file(line.config.known_hosts_file());
  if (!running.tls_certificate_file().empty() &&
      running.tls_client_ca_file().empty() ==
          line.config.tls_client_ca_file().empty() &&
      !line.config.tls_certificate_file().empty()) {
    config.set_tls_certificate_file(line.config.tls_certificate_file());
    config.set_tls_private_key_file(line.config.tls_private_key_file());
    config.set_tls_client_ca_file(line.config.tls_client_ca_file());
  }
  ASSIGN_OR_RETURN(Material material, LoadMaterial(config, master_key));
  RETURN_IF_ERROR(CheckManagedGitConfigs(config));
  RETURN_IF_ERROR(application.Reload(config, std::move(material)));
  return config;
}

}  // namespace

void Reload(const std::vector<std::string>& arguments,
            const std::optional<Secret>& master_key, ServerConfig* running,
            Application& application) {
  absl::StatusOr<ServerConfig> config =
      TakeUp(arguments, master_key, *running, application);
  if (!config.ok()) {
    Log(LogLevel::kError, "configuration not reloaded", {{"error", config.status()}});
    return;
  }
  *running = *std::move(config);
  // Logged at the old level; the new log settings apply afterwards.
  Log(LogLevel::kInfo, "configuration reloaded");
  ApplyLogSettings(*running);
}

}  // namespace gitsync
