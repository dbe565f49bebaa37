#include "absl/strings/str_cat.h"
#include "client/cli/commands.h"

namespace gitsync::cli {
namespace {

struct PullOptions {
  Target target;
  bool overwrite_local_changes = false;
};

absl::Status Pull(Session& session, PullOptions& options) {
  v1::PullAppRequest request;
  GITSYNC_CLI_ASSIGN_OR_RETURN(*request.mutable_app_id(),
                               session.AppId(options.target.app, options.target.org));
  request.set_overwrite_local_changes(options.overwrite_local_changes);
  GITSYNC_CLI_ASSIGN_OR_RETURN(
      const auto pulled, session.Call(&v1::GitSyncService::Stub::PullApp, request));
  Output& output = session.output();
  if (output.json()) {
    output.Json(pulled);
  } else if (pulled.changed()) {
    output.Line(absl::StrCat("Pulled ", pulled.commit_id(), " into version ",
                             pulled.version().name(), " of ", pulled.app().name(),
                             "."));
  } else {
    output.Line(absl::StrCat("Up to date: version ", pulled.version().name(), " of ",
                             pulled.app().name(), " is at ", pulled.commit_id(), "."));
  }
  return absl::OkStatus();
}

}  // namespace

void AddPullCommand(CLI::App& root, Action& action) {
  auto options = std::make_shared<PullOptions>();
  CLI::App* pull =
      root.add_subcommand("pull", "Bring an app up to date with the repository");
  AddAppArguments(*pull, options->target);
  pull->add_flag("--overwrite-local-changes", options->overwrite_local_changes,
                 "Lose changes that were never pushed");
  Runs(*pull, action, options, Pull);
}

}  // namespace gitsync::cli
