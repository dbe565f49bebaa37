#include <optional>
#include <vector>

#include "absl/strings/str_cat.h"
#include "client/cli/commands.h"
#include "client/cli/text.h"

namespace gitsync::cli {
namespace {

struct VersionOptions {
  Target target;
  std::string id;
  std::optional<std::string> name;
  std::string file;
  bool definition_only = false;
  std::string etag;
  bool yes = false;
  int64_t limit = 0;
};

// Fills in the ids of a request that is about one version.
template <typename Request>
absl::Status Resolve(Session& session, const Target& target, Request& request) {
  GITSYNC_CLI_ASSIGN_OR_RETURN(*request.mutable_app_id(),
                               session.AppId(target.app, target.org));
  GITSYNC_CLI_ASSIGN_OR_RETURN(*request.mutable_version_id(),
                               session.VersionId(request.app_id(), target.version));
  return absl::OkStatus();
}

absl::Status Create(Session& session, VersionOptions& options) {
  v1::CreateVersionRequest request;
  // The file is read first: if it can't be read, this is known without the server.
  GITSYNC_CLI_ASSIGN_OR_RETURN(*request.mutable_definition(),
                               session.ReadText(options.file));
  GITSYNC_CLI_ASSIGN_OR_RETURN(*request.mutable_app_id(),
                               session.AppId(options.target.app, options.target.org));
  request.set_version_id(options.id);
  request.set_name(options.name.value_or(""));
  GITSYNC_CLI_ASSIGN_OR_RETURN(
      const auto version, session.Call(&v1::AppService::Stub::CreateVersion, request));
  PrintVersion(session, version);
  return absl::OkStatus();
}

absl::Status Get(Session& session, VersionOptions& options) {
  v1::GetVersionRequest request;
  if (auto status = Resolve(session, options.target, request); !status.ok()) {
    return status;
  }
  GITSYNC_CLI_ASSIGN_OR_RETURN(
      const auto version, session.Call(&v1::AppService::Stub::GetVersion, request));
  if (options.definition_only) {
    session.output().Raw(version.definition());
  } else {
    PrintVersion(session, version);
  }
  return absl::OkStatus();
}

absl::Status List(Session& session, VersionOptions& options) {
  v1::ListVersionsRequest request;
  GITSYNC_CLI_ASSIGN_OR_RETURN(*request.mutable_app_id(),
                               session.AppId(options.target.app, options.target.org));
  GITSYNC_CLI_ASSIGN_OR_RETURN(
      const auto list,
      session.ListAll(&v1::AppService::Stub::ListVersions, request, options.limit));
  if (session.output().json()) {
    session.output().Json(list);
    return absl::OkStatus();
  }
  std::vector<Row> rows;
  for (const v1::Version& version : list.versions()) {
    rows.push_back({version.id(), version.name(), version.environment(),
                    ShortCommit(version.commit_id()),
                    version.has_unpushed_changes() ? "yes" : "no",
                    absl::StrCat(version.definition_size_bytes()),
                    FormatTime(version.update_time())});
  }
  session.output().Table(
      {"ID", "NAME", "ENVIRONMENT", "COMMIT", "UNPUSHED", "BYTES", "UPDATED"}, rows);
  return absl::OkStatus();
}

absl::Status Update(Session& session, VersionOptions& options) {
  v1::UpdateVersionRequest request;
  if (!options.file.empty()) {
    GITSYNC_CLI_ASSIGN_OR_RETURN(std::string definition,
                                 session.ReadText(options.file));
    request.set_definition(std::move(definition));
  }
  if (auto status = Resolve(session, options.target, request); !status.ok()) {
    return status;
  }
  if (options.name) request.set_name(*options.name);
  request.set_etag(options.etag);
  GITSYNC_CLI_ASSIGN_OR_RETURN(
      const auto version, session.Call(&v1::AppService::Stub::UpdateVersion, request));
  PrintVersion(session, version);
  return absl::OkStatus();
}

absl::Status Delete(Session& session, VersionOptions& options) {
  v1::DeleteVersionRequest request;
  if (auto status = Resolve(session, options.target, request); !status.ok()) {
    return status;
  }
  request.set_etag(options.etag);
  const absl::Status confirmed = session.Confirm(
      absl::StrCat("This deletes the version ", options.target.version, " of the app ",
                   options.target.app,
                   " for good, with changes to it that were never pushed. What was "
                   "pushed of it stays in git."),
      options.yes);
  if (!confirmed.ok()) return confirmed;
  GITSYNC_CLI_ASSIGN_OR_RETURN(
      const auto nothing, session.Call(&v1::AppService::Stub::DeleteVersion, request));
  if (session.output().json()) session.output().Json(nothing);
  session.output().Note(absl::StrCat("Deleted version ", request.version_id(), "."));
  return absl::OkStatus();
}

}  // namespace

void PrintVersion(Session& session, const v1::Version& version) {
  if (session.output().json()) return session.output().Json(version);
  session.output().Fields({
      {"Id", version.id()},
      {"Name", version.name()},
      {"App", version.app_id()},
      {"Environment", version.environment()},
      {"Commit", version.commit_id()},
      {"Unpushed changes", version.has_unpushed_changes() ? "yes" : "no"},
      {"Definition", absl::StrCat(version.definition_size_bytes(), " bytes")},
      {"Etag", version.etag()},
      {"Created", FormatTime(version.create_time())},
      {"Updated", FormatTime(version.update_time())},
  });
}

void AddVersionCommands(CLI::App& root, Action& action) {
  CLI::App* version = AddGroup(root, "version", "Versions of an app");

  auto options = std::make_shared<VersionOptions>();
  CLI::App* create = version->add_subcommand("create", "Create a version");
  AddAppArguments(*create, options->target);
  create->add_option("NAME", options->name, "Name, unique in the app")->required();
  create->add_option("--file", options->file, "Definition; - reads standard input")
      ->required();
  create->add_option("--id", options->id,
                     "UUID to use; made by the server if not given");
  Runs(*create, action, options, Create);

  options = std::make_shared<VersionOptions>();
  CLI::App* get = version->add_subcommand("get", "Show a version");
  AddVersionArguments(*get, options->target);
  get->add_flag("--definition", options->definition_only,
                "Write the definition's text and nothing else");
  Runs(*get, action, options, Get);

  options = std::make_shared<VersionOptions>();
  CLI::App* list = version->add_subcommand("list", "List an app's versions");
  AddAppArguments(*list, options->target);
  AddLimitOption(*list, options->limit);
  Runs(*list, action, options, List);

  options = std::make_shared<VersionOptions>();
  CLI::App* update = version->add_subcommand("update", "Change a version");
  AddVersionArguments(*update, options->target);
  update->add_option("--name", options->name, "New name");
  update->add_option("--file", options->file, "New definition; - reads standard input");
  AddEtagOption(*update, options->etag);
  Runs(*update, action, options, Update);

  options = std::make_shared<VersionOptions>();
  CLI::App* remove = version->add_subcommand("delete", "Delete a version");
  AddVersionArguments(*remove, options->target);
  AddEtagOption(*remove, options->etag);
  AddYesOption(*remove, options->yes);
  Runs(*remove, action, options, Delete);
}

}  // namespace gitsync::cli
