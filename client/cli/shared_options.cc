#include "client/cli/commands.h"

namespace gitsync::cli {

CLI::App* AddGroup(CLI::App& parent, const std::string& name, const std::string& help) {
  CLI::App* group = parent.add_subcommand(name, help);
  group->require_subcommand(1);
  return group;
}

void AddOrgOption(CLI::App& command, std::string& org) {
  command.add_option("--org", org,
                     "Organization, by id or name; may be left out if the token sees "
                     "one only");
}

void AddAppArguments(CLI::App& command, Target& target) {
  command.add_option("APP", target.app, "App, by id, name or slug")->required();
  AddOrgOption(command, target.org);
}

void AddVersionArguments(CLI::App& command, Target& target) {
  AddAppArguments(command, target);
  command.add_option("VERSION", target.version, "Version, by id or name")->required();
}

void AddLimitOption(CLI::App& command, int64_t& limit) {
  command.add_option("--limit", limit, "Show at most so many; 0 shows all")
      ->check(CLI::NonNegativeNumber);
}

void AddEtagOption(CLI::App& command, std::string& etag) {
  command.add_option("--etag", etag, "Fail if it was changed since this etag was read");
}

void AddYesOption(CLI::App& command, bool& yes) {
  command.add_flag("--yes,-y", yes,
                   "Do not ask; needed where there is no terminal to ask on");
}

}  // namespace gitsync::cli
