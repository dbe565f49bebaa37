// The commands of gitsyncctl: one function for each file that defines commands.
//
// Each adds its sub-commands to `root`. Parsing one sets `action`, which must outlive
// `root`; running it does the work.

#ifndef GITSYNC_CLIENT_CLI_COMMANDS_H_
#define GITSYNC_CLIENT_CLI_COMMANDS_H_

#include <CLI/CLI.hpp>
#include <cstdint>
#include <memory>
#include <string>
#include <utility>

#include "client/cli/session.h"
#include "client/lib/client.h"

namespace gitsync::cli {

void AddOrgCommands(CLI::App& root, Action& action);
void AddTokenCommands(CLI::App& root, Action& action);
void AddAppCommands(CLI::App& root, Action& action);
void AddVersionCommands(CLI::App& root, Action& action);
// `git finalize` and `git test`. The next two functions add `git config`.
void AddGitCommands(CLI::App& root, Action& action);
void AddGitConfigCommands(CLI::App& git, Action& action);
void AddGitConfigureCommands(CLI::App& config, Action& action);
void AddPushCommand(CLI::App& root, Action& action);
void AddImportCommand(CLI::App& root, Action& action);
void AddPullCommand(CLI::App& root, Action& action);
void AddPromoteCommand(CLI::App& root, Action& action);
void AddAppsCommand(CLI::App& root, Action& action);
void AddUpdatesCommand(CLI::App& root, Action& action);
void AddOperationsCommands(CLI::App& root, Action& action);

// ---- Helpers that the commands share ----

// Adds a command that requires one of its sub-commands.
CLI::App* AddGroup(CLI::App& parent, const std::string& name, const std::string& help);

// Which app, version or organization a command is about.
struct Target {
  std::string org;
  std::string app;
  std::string version;
};
void AddOrgOption(CLI::App& command, std::string& org);
// The positional APP, with --org.
void AddAppArguments(CLI::App& command, Target& target);
// The positionals APP and VERSION, with --org.
void AddVersionArguments(CLI::App& command, Target& target);
void AddLimitOption(CLI::App& command, int64_t& limit);
void AddEtagOption(CLI::App& command, std::string& etag);
// For a command that calls Session::Confirm.
void AddYesOption(CLI::App& command, bool& yes);

// Makes `command` run `run(session, options)`.
template <typename Options>
void Runs(CLI::App& command, Action& action, std::shared_ptr<Options> options,
          absl::Status (*run)(Session&, Options&)) {
  command.callback([&action, options = std::move(options), run] {
    action = [options, run](Session& session) { return run(session, *options); };
  });
}

// Prints an app or a version in the session's format.
void PrintApp(Session& session, const v1::App& app);
void PrintVersion(Session& session, const v1::Version& version);
void PrintOperation(Session& session, const v1::Operation& operation);

// Lists an organization's apps.
absl::Status PrintApps(Session& session, const std::string& org, int64_t limit);

}  // namespace gitsync::cli

// Returns from a function that returns absl::Status if `expression` is an error;
// otherwise declares its value.
#define GITSYNC_CLI_CONCAT_INNER(a, b) a##b
#define GITSYNC_CLI_CONCAT(a, b) GITSYNC_CLI_CONCAT_INNER(a, b)
#define GITSYNC_CLI_ASSIGN_OR_RETURN(declaration, expression) \
  auto GITSYNC_CLI_CONCAT(or_, __LINE__) = (expression);      \
  if (!GITSYNC_CLI_CONCAT(or_, __LINE__).ok()) {              \
    return GITSYNC_CLI_CONCAT(or_, __LINE__).status();        \
  }                                                           \
  declaration = *std::move(GITSYNC_CLI_CONCAT(or_, __LINE__))

#endif  // GITSYNC_CLIENT_CLI_COMMANDS_H_
