// gitsyncd: see `gitsyncd --help`.
//
// Exit codes: 0 after a clean stop, 2 if the configuration is wrong, 1 for any other
// failure, with a line for each fault on standard error.

#include <cstdlib>
#include <iostream>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/time/clock.h"
#include "server/app/application.h"
#include "server/app/data_folder.h"
#include "server/app/managed_git_configs.h"
#include "server/app/material.h"
#include "server/app/process.h"
#include "server/app/reload.h"
#include "server/base/logging.h"
#include "server/config/command_line.h"

namespace {

constexpr int kFailure = 1;
constexpr int kWrongConfig = 2;

int Fail(int code, const absl::Status& status) {
  std::cerr << "gitsyncd: " << status.message() << std::endl;
  return code;
}

// Takes a secret out of the environment, so that no child process inherits it.
std::optional<gitsync::Secret> TakeSecret(const char* name) {
  const char* value = std::getenv(name);
  if (value == nullptr || *value == '\0') return std::nullopt;
  gitsync::Secret secret{std::string(value)};
  unsetenv(name);
  return secret;
}

}  // namespace

int main(int argc, char** argv) {
  gitsync::PrepareProcess();
  const std::optional<gitsync::Secret> admin_token = TakeSecret("GITSYNC_ADMIN_TOKEN");
  const std::optional<gitsync::Secret> master_key = TakeSecret("GITSYNC_MASTER_KEY");
  const std::vector<std::string> arguments(argv + 1, argv + argc);
  absl::StatusOr<gitsync::CommandLine> line =
      gitsync::ReadCommandLine(arguments, gitsync::ProcessEnvironment());
  if (!line.ok()) return Fail(kWrongConfig, line.status());
  if (line->action == gitsync::CommandLine::Action::kPrint) {
    std::cout << line->text << std::flush;
    return 0;
  }
  gitsync::ApplyLogSettings(line->config);
  for (const std::string& variable : line->ignored_variables) {
    gitsync::Log(gitsync::LogLevel::kWarning,
                 "variable of the environment is no setting: ignored",
                 {{"variable", variable}});
  }
  auto material = gitsync::LoadMaterial(line->config, master_key);
  if (!material.ok()) return Fail(kWrongConfig, material.status());
  const absl::Status git_configs = gitsync::CheckManagedGitConfigs(line->config);
  if (!git_configs.ok()) return Fail(kWrongConfig, git_configs);
  if (line->action == gitsync::CommandLine::Action::kCheckConfig) {
    if (line->config.gateway_only()) return 0;
    const absl::Status data = CheckDataFolder(line->config, material->master_keys);
    return data.ok() ? 0 : Fail(kWrongConfig, data);
  }

  const auto application =
      gitsync::Application::Start(line->config, *std::move(material), admin_token);
  if (!application.ok()) return Fail(kFailure, application.status());
  std::cout << "gitsyncd ready grpc=" << (*application)->grpc_address()
            << " http=" << (*application)->http_address();
  if (!line->config.gateway_only()) std::cout << " data=" << line->config.data_dir();
  std::cout << std::endl;

  while (gitsync::WaitForSignal() == gitsync::Signal::kReload) {
    gitsync::Reload(arguments, master_key, &line->config, **application);
  }
  gitsync::Log(gitsync::LogLevel::kInfo, "stopping");
  (*application)->Stop(absl::Now() + absl::Seconds(line->config.drain_seconds()));
  gitsync::Log(gitsync::LogLevel::kInfo, "stopped");
  return 0;
}
