#include <optional>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "client/cli/commands.h"
#include "client/cli/contents.h"
#include "client/cli/text.h"

namespace gitsync::cli {
namespace {

std::string Environments(const v1::App& app) {
  return absl::StrJoin(app.releases(), ", ",
                       [](std::string* out, const v1::ReleaseSummary& release) {
                         absl::StrAppend(out, release.environment());
                       });
}

struct AppOptions {
  Target target;
  std::string id;
  std::optional<std::string> name;
  std::optional<bool> editable;
  std::string file;
  std::string version_name;
  std::string environment;
  bool definition_only = false;
  std::string etag;
  bool yes = false;
  int64_t limit = 0;
};

absl::Status Create(Session& session, AppOptions& options) {
  v1::CreateAppRequest request;
  GITSYNC_CLI_ASSIGN_OR_RETURN(*request.mutable_organization_id(),
                               session.OrganizationId(options.target.org));
  request.set_app_id(options.id);
  request.set_name(options.name.value_or(""));
  request.set_version_name(options.version_name);
  if (!options.file.empty()) {
    GITSYNC_CLI_ASSIGN_OR_RETURN(*request.mutable_definition(),
                                 session.ReadText(options.file));
  }
  GITSYNC_CLI_ASSIGN_OR_RETURN(const auto app,
                               session.Call(&v1::AppService::Stub::CreateApp, request));
  PrintApp(session, app);
  return absl::OkStatus();
}

absl::Status Get(Session& session, AppOptions& options) {
  v1::GetAppRequest request;
  GITSYNC_CLI_ASSIGN_OR_RETURN(*request.mutable_app_id(),
                               session.AppId(options.target.app, options.target.org));
  GITSYNC_CLI_ASSIGN_OR_RETURN(const auto app,
                               session.Call(&v1::AppService::Stub::GetApp, request));
  PrintApp(session, app);
  return absl::OkStatus();
}

absl::Status List(Session& session, AppOptions& options) {
  return PrintApps(session, options.target.org, options.limit);
}

absl::Status Update(Session& session, AppOptions& options) {
  v1::UpdateAppRequest request;
  GITSYNC_CLI_ASSIGN_OR_RETURN(*request.mutable_app_id(),
                               session.AppId(options.target.app, options.target.org));
  if (options.name) request.set_name(*options.name);
  if (options.editable) request.set_editable(*options.editable);
  request.set_etag(options.etag);
  GITSYNC_CLI_ASSIGN_OR_RETURN(const auto app,
                               session.Call(&v1::AppService::Stub::UpdateApp, request));
  PrintApp(session, app);
  return absl::OkStatus();
}

absl::Status Delete(Session& session, AppOptions& options) {
  v1::DeleteAppRequest request;
  GITSYNC_CLI_ASSIGN_OR_RETURN(*request.mutable_app_id(),
                               session.AppId(options.target.app, options.target.org));
  request.set_etag(options.etag);
  if (!options.yes) {
    GITSYNC_CLI_ASSIGN_OR_RETURN(const std::string contents,
                                 ContentsOfApp(session, request.app_id()));
    const absl::Status confirmed = session.Confirm(
        absl::StrCat("This deletes the app ", options.target.app, " for good, with ",
                     contents, ". Its folder in git stays."),
        options.yes);
    if (!confirmed.ok()) return confirmed;
  }
  GITSYNC_CLI_ASSIGN_OR_RETURN(const auto nothing,
                               session.Call(&v1::AppService::Stub::DeleteApp, request));
  if (session.output().json()) session.output().Json(nothing);
  session.output().Note(absl::StrCat("Deleted app ", request.app_id(), "."));
  return absl::OkStatus();
}

absl::Status Release(Session& session, AppOptions& options) {
  v1::GetReleaseRequest request;
  GITSYNC_CLI_ASSIGN_OR_RETURN(*request.mutable_app_id(),
                               session.AppId(options.target.app, options.target.org));
  request.set_environment(options.environment);
  GITSYNC_CLI_ASSIGN_OR_RETURN(
      const auto release, session.Call(&v1::AppService::Stub::GetRelease, request));
  Output& output = session.output();
  if (options.definition_only) {
    output.Raw(release.version().definition());
  } else if (output.json()) {
    output.Json(release);
  } else {
    output.Fields({
        {"App", release.app_id()},
        {"Environment", release.environment()},
        {"Version", release.version().name()},
        {"Version id", release.version().id()},
        {"Commit", release.version().commit_id()},
        {"Live since", FormatTime(release.release_time())},
        {"Operation", release.operation_id()},
    });
  }
  return absl::OkStatus();
}

void AddReadCommands(CLI::App& app, Action& action) {
  auto options = std::make_shared<AppOptions>();
  CLI::App* get = app.add_subcommand("get", "Show an app");
  AddAppArguments(*get, options->target);
  Runs(*get, action, options, Get);

  options = std::make_shared<AppOptions>();
  CLI::App* list = app.add_subcommand("list", "List an organization's apps");
  AddOrgOption(*list, options->target.org);
  AddLimitOption(*list, options->limit);
  Runs(*list, action, options, List);

  options = std::make_shared<AppOptions>();
  CLI::App* release =
      app.add_subcommand("release", "Show what is live in an environment");
  AddAppArguments(*release, options->target);
  release->add_option("ENV", options->environment, "Environment")->required();
  release->add_flag("--definition", options->definition_only,
                    "Write the definition's text and nothing else");
  Runs(*release, action, options, Release);
}

}  // namespace

void PrintApp(Session& session, const v1::App& app) {
  if (session.output().json()) return session.output().Json(app);
  session.output().Fields({
      {"Id", app.id()},
      {"Name", app.name()},
      {"Organization", app.organization_id()},
      {"Slug", app.slug()},
      {"Editable", app.editable() ? "yes" : "no"},
      {"Git app id", app.git_app_id()},
      {"Git folder", app.git_state().folder()},
      {"Git ref", app.git_state().ref()},
      {"Git commit", app.git_state().commit_id()},
      {"First version", app.first_version_id()},
      {"Live in", Environments(app)},
      {"Etag", app.etag()},
      {"Created", FormatTime(app.create_time())},
      {"Updated", FormatTime(app.update_time())},
  });
}

absl::Status PrintApps(Session& session, const std::string& org, int64_t limit) {
  v1::ListAppsRequest request;
  GITSYNC_CLI_ASSIGN_OR_RETURN(*request.mutable_organization_id(),
                               session.OrganizationId(org));
  GITSYNC_CLI_ASSIGN_OR_RETURN(
      const auto list,
      session.ListAll(&v1::AppService::Stub::ListApps, request, limit));
  if (session.output().json()) {
    session.output().Json(list);
    return absl::OkStatus();
  }
  std::vector<Row> rows;
  for (const v1::App& app : list.apps()) {
    rows.push_back({app.id(), app.name(), app.editable() ? "yes" : "no",
                    ShortCommit(app.git_state().commit_id()), Environments(app)});
  }
  session.output().Table({"ID", "NAME", "EDITABLE", "COMMIT", "LIVE IN"}, rows);
  return absl::OkStatus();
}

void AddAppCommands(CLI::App& root, Action& action) {
  CLI::App* app = AddGroup(root, "app", "Apps");

  auto options = std::make_shared<AppOptions>();
  CLI::App* create = app->add_subcommand("create", "Create an app");
  create->add_option("NAME", options->name, "Name, unique in the organization")
      ->required();
  AddOrgOption(*create, options->target.org);
  create->add_option("--id", options->id,
                     "UUID to use; made by the server if not given");
  create->add_option("--file", options->file,
                     "Definition of the first version; - reads standard input");
  create->add_option("--version-name", options->version_name,
                     "Name of the first version; v1 if not given");
  Runs(*create, action, options, Create);

  AddReadCommands(*app, action);

  options = std::make_shared<AppOptions>();
  CLI::App* update = app->add_subcommand("update", "Change an app");
  AddAppArguments(*update, options->target);
  update->add_option("--name", options->name, "New name");
  update->add_option("--editable", options->editable,
                     "true or false: whether its versions may be edited");
  AddEtagOption(*update, options->etag);
  Runs(*update, action, options, Update);

  options = std::make_shared<AppOptions>();
  CLI::App* remove = app->add_subcommand(
      "delete", "Delete an app with its versions; its folder in git stays");
  AddAppArguments(*remove, options->target);
  AddEtagOption(*remove, options->etag);
  AddYesOption(*remove, options->yes);
  Runs(*remove, action, options, Delete);
}

}  // namespace gitsync::cli
