#include <vector>

#include "absl/strings/str_cat.h"
#include "client/cli/commands.h"
#include "client/cli/text.h"

namespace gitsync::cli {
namespace {

absl::Status Updates(Session& session, Target& target) {
  v1::CheckForUpdatesRequest request;
  GITSYNC_CLI_ASSIGN_OR_RETURN(*request.mutable_app_id(),
                               session.AppId(target.app, target.org));
  GITSYNC_CLI_ASSIGN_OR_RETURN(
      const auto updates,
      session.ListAll(&v1::GitSyncService::Stub::CheckForUpdates, request));
  Output& output = session.output();
  if (output.json()) {
    output.Json(updates);
    return absl::OkStatus();
  }
  if (updates.diverged()) {
    output.Note(absl::StrCat("The branch was rewritten: it no longer has ",
                             updates.synced_commit_id(), "."));
  }
  if (!updates.update_available()) {
    output.Line(absl::StrCat("Up to date at ", updates.synced_commit_id(), "."));
    return absl::OkStatus();
  }
  std::vector<Row> rows;
  for (const v1::GitCommit& commit : updates.commits()) {
    rows.push_back({ShortCommit(commit.id()), FormatTime(commit.author_time()),
                    commit.author().name(), FirstLine(commit.message())});
  }
  output.Table({"COMMIT", "DATE", "AUTHOR", "MESSAGE"}, rows);
  if (updates.deleted()) {
    output.Note(
        absl::StrCat("The app's folder was deleted. To put it back: gitsyncctl "
                     "push ",
                     request.app_id(),
                     " VERSION --force -m MESSAGE. To delete the app here too: "
                     "gitsyncctl app delete ",
                     request.app_id()));
    return absl::OkStatus();
  }
  output.Note(absl::StrCat("To take it over: gitsyncctl pull ", request.app_id()));
  return absl::OkStatus();
}

}  // namespace

void AddUpdatesCommand(CLI::App& root, Action& action) {
  auto target = std::make_shared<Target>();
  CLI::App* updates = root.add_subcommand(
      "updates", "List the commits to an app since it was last synced");
  AddAppArguments(*updates, *target);
  Runs(*updates, action, target, Updates);
}

}  // namespace gitsync::cli
