#include "absl/strings/str_cat.h"
#include "client/cli/commands.h"

namespace gitsync::cli {
namespace {

struct ImportOptions {
  std::string org;
  v1::CreateAppFromGitRequest request;
};

absl::Status Import(Session& session, ImportOptions& options) {
  v1::CreateAppFromGitRequest& request = options.request;
  GITSYNC_CLI_ASSIGN_OR_RETURN(*request.mutable_organization_id(),
                               session.OrganizationId(options.org));
  GITSYNC_CLI_ASSIGN_OR_RETURN(
      const auto created,
      session.Call(&v1::GitSyncService::Stub::CreateAppFromGit, request));
  Output& output = session.output();
  if (output.json()) {
    output.Json(created);
    return absl::OkStatus();
  }
  output.Line(absl::StrCat("Created app ", created.app().id(), " \"",
                           created.app().name(), "\" with version ",
                           created.version().name(), " from ", created.commit_id(),
                           "."));
  if (!created.app().editable()) {
    output.Note(
        absl::StrCat("It is not editable; to change that:\n  gitsyncctl app "
                     "update ",
                     created.app().id(), " --editable true"));
  }
  return absl::OkStatus();
}

}  // namespace

void AddImportCommand(CLI::App& root, Action& action) {
  auto options = std::make_shared<ImportOptions>();
  CLI::App* import = root.add_subcommand("import", "Create an app from the repository");
  import
      ->add_option("GIT_APP_ID", *options->request.mutable_git_app_id(),
                   "Its id in git; `gitsyncctl apps --in-git` lists them")
      ->required();
  AddOrgOption(*import, options->org);
  import
      ->add_option("--ref", *options->request.mutable_git_version_id(),
                   "Branch, tag or commit to take it from")
      ->required();
  import->add_option("--name", *options->request.mutable_app_name(),
                     "Name for the app; its name in git if not given");
  Runs(*import, action, options, Import);
}

}  // namespace gitsync::cli
