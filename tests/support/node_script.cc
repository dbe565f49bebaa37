#include "tests/support/node_script.h"

namespace gitsync {
namespace {

constexpr char kNpm[] = GITSYNC_SOURCE_DIR "/tests/support/npm";

}  // namespace

CommandResult InstallNpmPackages(const std::string& folder) {
  return RunCommand({kNpm, folder}, OwnEnvironment());
}

CommandResult RunNodeScript(const std::string& folder,
                            const std::vector<std::string>& script_and_arguments) {
  CommandResult installed = InstallNpmPackages(folder);
  if (installed.status != 0) return installed;
  std::vector<std::string> command = {kNpm, folder};
  command.insert(command.end(), script_and_arguments.begin(),
                 script_and_arguments.end());
  return RunCommand(command);
}

}  // namespace gitsync
