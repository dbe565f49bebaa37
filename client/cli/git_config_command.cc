// `git config show`, `update`, `delete` and `new-key`.

#include "absl/strings/str_cat.h"
#include "client/cli/commands.h"
#include "client/cli/git_config_options.h"

namespace gitsync::cli {
namespace {

// Asks for confirmation if the organization has a finalized configuration. Any other
// configuration contains nothing that is in use.
absl::Status ConfirmLoss(Session& session, const ConfigOptions& options,
                         const std::string& organization_id,
                         absl::string_view consequence) {
  if (options.yes) return absl::OkStatus();
  GITSYNC_CLI_ASSIGN_OR_RETURN(const v1::GitConfig config,
                               GetConfig(session, organization_id));
  if (config.state() != v1::GIT_CONFIG_STATE_READY) return absl::OkStatus();
  GITSYNC_CLI_ASSIGN_OR_RETURN(const std::string synced, SyncedWith(session, config));
  return session.Confirm(absl::StrCat(consequence, ". Now: ", synced, "."),
                         /*yes=*/false);
}

absl::Status Show(Session& session, ConfigOptions& options) {
  GITSYNC_CLI_ASSIGN_OR_RETURN(const std::string organization_id,
                               session.OrganizationId(options.org));
  GITSYNC_CLI_ASSIGN_OR_RETURN(const auto config, GetConfig(session, organization_id));
  PrintConfig(session, config);
  return absl::OkStatus();
}

absl::Status Update(Session& session, ConfigOptions& options) {
  v1::UpdateGitConfigRequest request;
  if (!options.token_file.empty()) {
    GITSYNC_CLI_ASSIGN_OR_RETURN(*request.mutable_token(),
                                 ReadSecret(session, options.token_file));
  }
  if (!options.private_key_file.empty()) {
    GITSYNC_CLI_ASSIGN_OR_RETURN(*request.mutable_github_app_private_key(),
                                 ReadSecret(session, options.private_key_file));
  }
  if (!options.ca_file.empty()) {
    GITSYNC_CLI_ASSIGN_OR_RETURN(*request.mutable_ca_certificate(),
                                 ReadSecret(session, options.ca_file));
  }
  GITSYNC_CLI_ASSIGN_OR_RETURN(*request.mutable_organization_id(),
                               session.OrganizationId(options.org));
  if (options.url) request.set_git_url(*options.url);
  if (options.branch) request.set_branch_name(*options.branch);
  if (options.path_prefix) request.set_path_prefix(*options.path_prefix);
  if (options.username) request.set_username(*options.username);
  request.set_etag(options.etag);
  if (options.url || options.branch || options.path_prefix) {
    const absl::Status confirmed = ConfirmLoss(
        session, options, request.organization_id(),
        "With another repository, branch or folder it is forgotten what was synced, "
        "and the configuration needs finalizing again");
    if (!confirmed.ok()) return confirmed;
  }
  GITSYNC_CLI_ASSIGN_OR_RETURN(
      const auto config,
      session.Call(&v1::GitConfigService::Stub::UpdateGitConfig, request));
  PrintChangedConfig(session, config);
  return absl::OkStatus();
}

absl::Status Delete(Session& session, ConfigOptions& options) {
  v1::DeleteGitConfigRequest request;
  GITSYNC_CLI_ASSIGN_OR_RETURN(*request.mutable_organization_id(),
                               session.OrganizationId(options.org));
  request.set_etag(options.etag);
  const absl::Status confirmed = ConfirmLoss(
      session, options, request.organization_id(),
      "This forgets the configuration with its keys, and what was synced; apps and the "
      "repository stay");
  if (!confirmed.ok()) return confirmed;
  GITSYNC_CLI_ASSIGN_OR_RETURN(
      const auto nothing,
      session.Call(&v1::GitConfigService::Stub::DeleteGitConfig, request));
  if (session.output().json()) session.output().Json(nothing);
  session.output().Note("Deleted the git configuration with its keys.");
  return absl::OkStatus();
}

absl::Status NewKey(Session& session, ConfigOptions& options) {
  v1::GenerateSshKeyRequest request;
  GITSYNC_CLI_ASSIGN_OR_RETURN(*request.mutable_organization_id(),
                               session.OrganizationId(options.org));
  request.set_key_type(options.key_type);
  request.set_etag(options.etag);
  const absl::Status confirmed = ConfirmLoss(
      session, options, request.organization_id(),
      "The key in use stops working at once: nothing can be synced until the new one "
      "was added to the repository and the configuration finalized again");
  if (!confirmed.ok()) return confirmed;
  GITSYNC_CLI_ASSIGN_OR_RETURN(
      const auto config,
      session.Call(&v1::GitConfigService::Stub::GenerateSshKey, request));
  PrintKey(session, config);
  return absl::OkStatus();
}

}  // namespace

void AddGitConfigCommands(CLI::App& git, Action& action) {
  CLI::App* config = AddGroup(git, "config", "An organization's repository");
  AddGitConfigureCommands(*config, action);

  auto options = std::make_shared<ConfigOptions>();
  CLI::App* show = config->add_subcommand("show", "Show the configuration");
  AddOrgOption(*show, options->org);
  Runs(*show, action, options, Show);

  options = std::make_shared<ConfigOptions>();
  CLI::App* update = config->add_subcommand("update", "Change the configuration");
  AddOrgOption(*update, options->org);
  update->add_option("--url", options->url, "New URL, of the same kind");
  update->add_option("--branch", options->branch, "New branch");
  update->add_option("--path-prefix", options->path_prefix, "New folder");
  update->add_option("--username", options->username, "New user name");
  AddSecretFile(*update, "--git-token-file", options->token_file, "a new token", false);
  AddSecretFile(*update, "--private-key-file", options->private_key_file,
                "a new private key of the GitHub App", false);
  AddSecretFile(*update, "--git-ca-file", options->ca_file, "CA certificates", false);
  AddEtagOption(*update, options->etag);
  AddYesOption(*update, options->yes);
  Runs(*update, action, options, Update);

  options = std::make_shared<ConfigOptions>();
  CLI::App* remove = config->add_subcommand(
      "delete", "Forget the configuration with its keys; apps and repository stay");
  AddOrgOption(*remove, options->org);
  AddEtagOption(*remove, options->etag);
  AddYesOption(*remove, options->yes);
  Runs(*remove, action, options, Delete);

  options = std::make_shared<ConfigOptions>();
  CLI::App* new_key = config->add_subcommand(
      "new-key", "Replace the SSH key, and print the public one on standard output");
  AddOrgOption(*new_key, options->org);
  AddKeyTypeOption(*new_key, *options, "as before if not given");
  AddEtagOption(*new_key, options->etag);
  AddYesOption(*new_key, options->yes);
  Runs(*new_key, action, options, NewKey);
}

}  // namespace gitsync::cli
