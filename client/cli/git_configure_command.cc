// `git config ssh`, `https-token` and `github-app`.

#include "absl/strings/str_cat.h"
#include "client/cli/commands.h"
#include "client/cli/git_config_options.h"
#include "client/lib/error.h"

namespace gitsync::cli {
namespace {

// Sends the request. If that would replace a finalized configuration, asks if there is
// a terminal, and replaces exactly the configuration that the question described.
template <typename Method, typename Request>
absl::StatusOr<v1::GitConfig> Configure(Session& session, Method method,
                                        const ConfigOptions& options,
                                        Request& request) {
  request.set_etag(options.etag);
  request.set_replace(options.replace);
  absl::StatusOr<v1::GitConfig> config = session.Call(method, request);
  const bool exists = client::ErrorOf(config.status()).reason == "GIT_CONFIG_EXISTS";
  if (!exists || !session.CanAsk()) return config;
  GITSYNC_CLI_ASSIGN_OR_RETURN(const v1::GitConfig old,
                               GetConfig(session, request.organization_id()));
  GITSYNC_CLI_ASSIGN_OR_RETURN(const std::string synced, SyncedWith(session, old));
  const absl::Status confirmed = session.Confirm(
      absl::StrCat(
          "This replaces a finalized configuration with its credential: ", synced,
          ". For another repository, branch or folder it is "
          "forgotten what was synced."),
      /*yes=*/false);
  if (!confirmed.ok()) return confirmed;
  request.set_etag(old.etag());
  return session.Call(method, request);
}

absl::Status Ssh(Session& session, ConfigOptions& options) {
  v1::ConfigureSshRequest request;
  GITSYNC_CLI_ASSIGN_OR_RETURN(*request.mutable_organization_id(),
                               session.OrganizationId(options.org));
  request.set_git_url(options.url.value_or(""));
  request.set_branch_name(options.branch.value_or(""));
  request.set_path_prefix(options.path_prefix.value_or(""));
  request.set_key_type(options.key_type);
  GITSYNC_CLI_ASSIGN_OR_RETURN(
      const auto config,
      Configure(session, &v1::GitConfigService::Stub::ConfigureSsh, options, request));
  PrintKey(session, config);
  return absl::OkStatus();
}

absl::Status HttpsToken(Session& session, ConfigOptions& options) {
  v1::ConfigureHttpsTokenRequest request;
  GITSYNC_CLI_ASSIGN_OR_RETURN(*request.mutable_token(),
                               ReadSecret(session, options.token_file));
  GITSYNC_CLI_ASSIGN_OR_RETURN(*request.mutable_ca_certificate(),
                               ReadSecret(session, options.ca_file));
  GITSYNC_CLI_ASSIGN_OR_RETURN(*request.mutable_organization_id(),
                               session.OrganizationId(options.org));
  request.set_git_url(options.url.value_or(""));
  request.set_branch_name(options.branch.value_or(""));
  request.set_path_prefix(options.path_prefix.value_or(""));
  request.set_username(options.username.value_or(""));
  GITSYNC_CLI_ASSIGN_OR_RETURN(
      const auto config,
      Configure(session, &v1::GitConfigService::Stub::ConfigureHttpsToken, options,
                request));
  PrintChangedConfig(session, config);
  return absl::OkStatus();
}

absl::Status GitHubApp(Session& session, ConfigOptions& options) {
  v1::ConfigureGitHubAppRequest request = options.github;
  GITSYNC_CLI_ASSIGN_OR_RETURN(*request.mutable_github_app_private_key(),
                               ReadSecret(session, options.private_key_file));
  GITSYNC_CLI_ASSIGN_OR_RETURN(*request.mutable_ca_certificate(),
                               ReadSecret(session, options.ca_file));
  GITSYNC_CLI_ASSIGN_OR_RETURN(*request.mutable_organization_id(),
                               session.OrganizationId(options.org));
  request.set_git_url(options.url.value_or(""));
  request.set_branch_name(options.branch.value_or(""));
  request.set_path_prefix(options.path_prefix.value_or(""));
  GITSYNC_CLI_ASSIGN_OR_RETURN(
      const auto config,
      Configure(session, &v1::GitConfigService::Stub::ConfigureGitHubApp, options,
                request));
  PrintChangedConfig(session, config);
  return absl::OkStatus();
}

// Adds the options that every kind of connection has.
std::shared_ptr<ConfigOptions> AddRepositoryOptions(CLI::App& command) {
  auto options = std::make_shared<ConfigOptions>();
  command.add_option("GIT_URL", options->url, "URL of the repository")->required();
  AddOrgOption(command, options->org);
  command.add_option("--branch", options->branch,
                     "Branch to sync with; master if not given");
  command.add_option("--path-prefix", options->path_prefix,
                     "Folder of the repository to keep everything in");
  AddEtagOption(command, options->etag);
  command.add_flag("--replace,--yes,-y", options->replace,
                   "Replace a finalized configuration without asking");
  return options;
}

}  // namespace

void AddGitConfigureCommands(CLI::App& config, Action& action) {
  CLI::App* ssh = config.add_subcommand(
      "ssh", "Connect over SSH, and print the public key alone on standard output");
  auto options = AddRepositoryOptions(*ssh);
  AddKeyTypeOption(*ssh, *options, "ed25519 if not given");
  Runs(*ssh, action, options, Ssh);

  CLI::App* https = config.add_subcommand("https-token", "Connect over HTTPS by token");
  options = AddRepositoryOptions(*https);
  https->add_option("--username", options->username, "User name that goes with it");
  AddSecretFile(*https, "--git-token-file", options->token_file, "the token", true);
  AddSecretFile(*https, "--git-ca-file", options->ca_file, "CA certificates", false);
  Runs(*https, action, options, HttpsToken);

  CLI::App* github = config.add_subcommand("github-app", "Connect as a GitHub App");
  options = AddRepositoryOptions(*github);
  github->get_option("--branch")->required();
  github
      ->add_option("--app-id", *options->github.mutable_github_app_id(),
                   "Id of the GitHub App")
      ->required();
  github
      ->add_option("--installation-id",
                   *options->github.mutable_github_app_installation_id(),
                   "Id of its installation")
      ->required();
  github->add_option("--api-url", *options->github.mutable_github_enterprise_api_url(),
                     "API of a GitHub Enterprise server");
  github->add_option("--enterprise-url",
                     *options->github.mutable_github_enterprise_url(),
                     "GitHub Enterprise server, instead of --api-url");
  AddSecretFile(*github, "--private-key-file", options->private_key_file,
                "the App's private key", true);
  AddSecretFile(*github, "--git-ca-file", options->ca_file, "CA certificates", false);
  Runs(*github, action, options, GitHubApp);
}

}  // namespace gitsync::cli
