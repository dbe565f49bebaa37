#include <vector>

#include "client/cli/commands.h"
#include "client/cli/report_error.h"
#include "client/cli/text.h"

namespace gitsync::cli {
namespace {

struct AppsOptions {
  std::string org;
  std::string ref;
  bool in_git = false;
  int64_t limit = 0;
};

Row GitAppRow(const v1::GitApp& app) {
  const v1::GitCommit& commit = app.last_commit();
  Cell about(FirstLine(commit.message()));
  if (!app.error().empty()) {
    about = Cell("broken: " + app.error(), Tone::kBad);
  } else if (!app.warning().empty()) {
    about = Cell("warning: " + app.warning(), Tone::kBad);
  }
  return {app.git_app_id(),
          app.name(),
          app.version_name(),
          ShortCommit(commit.id()),
          FormatTime(commit.author_time()),
          about};
}

absl::Status Apps(Session& session, AppsOptions& options) {
  if (!options.in_git) {
    if (!options.ref.empty()) return UsageError("--ref goes with --in-git.");
    return PrintApps(session, options.org, options.limit);
  }
  v1::ListGitAppsRequest request;
  GITSYNC_CLI_ASSIGN_OR_RETURN(*request.mutable_organization_id(),
                               session.OrganizationId(options.org));
  request.set_ref(options.ref);
  GITSYNC_CLI_ASSIGN_OR_RETURN(
      const auto list,
      session.ListAll(&v1::GitSyncService::Stub::ListGitApps, request, options.limit));
  if (session.output().json()) {
    session.output().Json(list);
    return absl::OkStatus();
  }
  std::vector<Row> rows;
  for (const v1::GitApp& app : list.apps()) rows.push_back(GitAppRow(app));
  session.output().Table({"GIT APP ID", "NAME", "VERSION", "COMMIT", "DATE", "MESSAGE"},
                         rows);
  return absl::OkStatus();
}

}  // namespace

void AddAppsCommand(CLI::App& root, Action& action) {
  auto options = std::make_shared<AppsOptions>();
  CLI::App* apps =
      root.add_subcommand("apps", "List apps, of the organization or its repository");
  AddOrgOption(*apps, options->org);
  apps->add_flag("--in-git", options->in_git, "Those in the repository");
  apps->add_option("--ref", options->ref,
                   "Branch, tag or commit; the configured branch if not given");
  AddLimitOption(*apps, options->limit);
  Runs(*apps, action, options, Apps);
}

}  // namespace gitsync::cli
