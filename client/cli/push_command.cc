#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "client/cli/commands.h"
#include "client/cli/report_error.h"

namespace gitsync::cli {
namespace {

struct PushOptions {
  Target target;
  v1::PushAppVersionRequest request;
  std::string author;
  bool force = false;
};

// Reads "Name <mail>".
absl::Status ParseAuthor(const std::string& text, v1::GitAuthor& author) {
  const size_t open = text.find('<');
  const size_t close = text.find('>');
  if (open == std::string::npos || close != text.size() - 1 || open > close) {
    return UsageError("--author takes \"Name <mail>\".");
  }
  const absl::string_view view = text;
  author.set_name(std::string(absl::StripAsciiWhitespace(view.substr(0, open))));
  author.set_email(
      std::string(absl::StripAsciiWhitespace(view.substr(open + 1, close - open - 1))));
  if (author.name().empty() || author.email().empty()) {
    return UsageError("--author takes \"Name <mail>\".");
  }
  return absl::OkStatus();
}

void Print(Output& output, const v1::PushAppVersionResponse& pushed) {
  if (output.json()) return output.Json(pushed);
  const std::string commit = pushed.operation().commit_id();
  if (pushed.changed()) {
    output.Line(absl::StrCat("Pushed ", commit, " to ", pushed.branch(), "."));
  } else {
    output.Line(absl::StrCat("Nothing to push: ", pushed.branch(),
                             " has this version already, as ", commit, "."));
  }
  for (const std::string& file : pushed.merged_files()) {
    output.Line(absl::StrCat("  merged: ", file));
  }
  for (const std::string& file : pushed.overwritten_files()) {
    output.Line(absl::StrCat("  overwritten: ", file));
  }
}

absl::Status Push(Session& session, PushOptions& options) {
  v1::PushAppVersionRequest& request = options.request;
  request.set_force(options.force);
  if (!options.author.empty()) {
    const absl::Status status = ParseAuthor(options.author, *request.mutable_author());
    if (!status.ok()) return status;
  }
  GITSYNC_CLI_ASSIGN_OR_RETURN(*request.mutable_app_id(),
                               session.AppId(options.target.app, options.target.org));
  GITSYNC_CLI_ASSIGN_OR_RETURN(
      *request.mutable_version_id(),
      session.VersionId(request.app_id(), options.target.version));
  GITSYNC_CLI_ASSIGN_OR_RETURN(
      const auto pushed,
      session.Call(&v1::GitSyncService::Stub::PushAppVersion, request));
  Print(session.output(), pushed);
  return absl::OkStatus();
}

}  // namespace

void AddPushCommand(CLI::App& root, Action& action) {
  auto options = std::make_shared<PushOptions>();
  CLI::App* push =
      root.add_subcommand("push", "Commit a version to the repository and push it");
  AddVersionArguments(*push, options->target);
  push->add_option("-m,--message", *options->request.mutable_commit_message(),
                   "Commit message")
      ->required();
  push->add_option(
      "--author", options->author,
      "Author of the commit, \"Name <mail>\"; the token's name if not given");
  push->add_option("--branch", *options->request.mutable_branch(),
                   "Branch to push to; the configured one if not given");
  push->add_flag("--force", options->force,
                 "Push over what others changed in this app in the repository");
  Runs(*push, action, options, Push);
}

}  // namespace gitsync::cli
