#include "absl/strings/str_cat.h"
#include "client/cli/commands.h"

namespace gitsync::cli {
namespace {

struct PromoteOptions {
  Target target;
  v1::PromoteAppRequest request;
};

absl::Status Promote(Session& session, PromoteOptions& options) {
  GITSYNC_CLI_ASSIGN_OR_RETURN(*options.request.mutable_app_id(),
                               session.AppId(options.target.app, options.target.org));
  GITSYNC_CLI_ASSIGN_OR_RETURN(
      const auto promoted,
      session.Call(&v1::GitSyncService::Stub::PromoteApp, options.request));
  Output& output = session.output();
  if (output.json()) {
    output.Json(promoted);
    return absl::OkStatus();
  }
  const std::string what = absl::StrCat("version ", promoted.version().name(), " of ",
                                        promoted.app().name());
  if (promoted.changed()) {
    output.Line(absl::StrCat("Promoted ", what, " to ", promoted.environment(), "."));
  } else {
    output.Line(absl::StrCat("Nothing to promote: ", what, " is live in ",
                             promoted.environment(), " already."));
  }
  return absl::OkStatus();
}

}  // namespace

void AddPromoteCommand(CLI::App& root, Action& action) {
  auto options = std::make_shared<PromoteOptions>();
  CLI::App* promote = root.add_subcommand(
      "promote", "Pull an app and make its latest version live in an environment");
  AddAppArguments(*promote, options->target);
  promote->add_option("--to", *options->request.mutable_target_environment(),
                      "Environment; the last one, production, if not given");
  Runs(*promote, action, options, Promote);
}

}  // namespace gitsync::cli
