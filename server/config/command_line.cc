#include "server/config/command_line.h"

#include <google/protobuf/descriptor.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <algorithm>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "server/base/read_file.h"
#include "server/base/status_macros.h"
#include "server/config/environment_settings.h"
#include "server/config/server_config.h"
#include "server/config/value_source.h"

namespace gitsync {
namespace {

using config::v1::ServerConfig;
using google::protobuf::FieldDescriptor;

constexpr char kEnvironmentPrefix[] = "GITSYNC_";

// Adds an option for each field of ServerConfig; the values given end up in `values`.
void AddSettings(CLI::App& app, SettingValues& values) {
  const auto* descriptor = ServerConfig::descriptor();
  for (int i = 0; i < descriptor->field_count(); ++i) {
    const FieldDescriptor& field = *descriptor->field(i);
    if (!IsTextSetting(field)) continue;
    const bool is_bool = field.cpp_type() == FieldDescriptor::CPPTYPE_BOOL;
    const std::string name(field.name());
    const auto help = SettingHelp().find(name);
    const std::string dashed = absl::StrReplaceAll(name, {{"_", "-"}});
    CLI::Option* option = app.add_option_function<std::vector<std::string>>(
        dashed == name ? absl::StrCat("--", name)
                       : absl::StrCat("--", name, ",--", dashed),
        [&values, name](const std::vector<std::string>& given) {
          const bool bare = given.empty() || given.back().empty();
          const bool flag =
              ServerConfig::descriptor()->FindFieldByName(name)->cpp_type() ==
              FieldDescriptor::CPPTYPE_BOOL;
          values[name] = bare ? (flag ? "true" : "") : given.back();
        },
        help == SettingHelp().end() ? "" : help->second);
    option->type_name(is_bool ? "" : "VALUE");
    option->multi_option_policy(CLI::MultiOptionPolicy::TakeLast);
    option->expected(is_bool ? 0 : 1, 1);
  }
}

CommandLine ToPrint(std::string text) {
  CommandLine line;
  line.action = CommandLine::Action::kPrint;
  line.text = std::move(text);
  return line;
}

absl::StatusOr<ServerConfig> ReadConfigFile(const std::string& file) {
  ASSIGN_OR_RETURN(const std::string content, ReadFile(file));
  absl::StatusOr<ServerConfig> config = ParseConfigFile(content);
  if (config.ok()) return config;
  return absl::InvalidArgumentError(
      absl::StrCat(file, ": ", config.status().message()));
}

}  // namespace

absl::StatusOr<CommandLine> ReadCommandLine(
    const std::vector<std::string>& arguments,
    const std::map<std::string, std::string>& environment) {
  CommandLine result;
  CLI::App app(
      "Keeps apps in sync with git repositories. Every setting is also a field of the "
      "file given with --config, and the environment variable GITSYNC_ and its name in "
      "upper case. Secrets come from the environment only: GITSYNC_MASTER_KEY, "
      "GITSYNC_ADMIN_TOKEN.",
      "gitsyncd");
  std::string config_file;
  bool check_config = false;
  bool version = false;
  SettingValues flags;
  app.add_option("--config", config_file,
                 "file with settings, protobuf text or JSON (gitsync.config.v1."
                 "ServerConfig)")
      ->type_name("FILE");
  app.add_flag("--check-config,--check_config", check_config,
               "check the configuration and exit: 0 if it is right, 2 if not");
  app.add_flag("--version", version, "print the version and exit");
  AddSettings(app, flags);

  std::vector<std::string> reversed(arguments.rbegin(), arguments.rend());
  try {
    app.parse(reversed);
  } catch (const CLI::CallForHelp&) {
    return ToPrint(app.help());
  } catch (const CLI::ParseError& error) {
    return absl::InvalidArgumentError(error.what());
  }
  if (version) return ToPrint(absl::StrCat("gitsyncd ", GITSYNC_VERSION, "\n"));
  if (check_config) result.action = CommandLine::Action::kCheckConfig;
  if (!config_file.empty()) {
    ASSIGN_OR_RETURN(result.config, ReadConfigFile(config_file));
  }
  ASSIGN_OR_RETURN(EnvironmentSettings variables, SettingsFromEnvironment(environment));
  RETURN_IF_ERROR(ApplySettings(variables.values, kEnvironmentPrefix, &result.config));
  result.ignored_variables = std::move(variables.ignored);
  RETURN_IF_ERROR(ApplySettings(flags, "--", &result.config));
  ApplyDefaults(&result.config);
  RETURN_IF_ERROR(ResolveValues(environment, &result.config));
  RETURN_IF_ERROR(CheckConfig(result.config));
  return result;
}

std::map<std::string, std::string> ProcessEnvironment() {
  std::map<std::string, std::string> environment;
  for (char** entry = environ; entry != nullptr && *entry != nullptr; ++entry) {
    const char* equals = std::strchr(*entry, '=');
    if (equals != nullptr)
      environment.emplace(std::string(static_cast<const char*>(*entry), equals),
                          equals + 1);
  }
  return environment;
}

}  // namespace gitsync
