#include <map>
#include <optional>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "client/cli/commands.h"
#include "client/cli/text.h"

namespace gitsync::cli {
namespace {

const std::map<std::string, v1::SshKeyType>& KeyTypes() {
  static const auto* const types = new std::map<std::string, v1::SshKeyType>{
      {"ed25519", v1::SSH_KEY_TYPE_ED25519},
      {"rsa", v1::SSH_KEY_TYPE_RSA},
  };
  return *types;
}

struct ConfigOptions {
  std::string org;
  std::string etag;
  v1::SshKeyType key_type = v1::SSH_KEY_TYPE_UNSPECIFIED;
  std::optional<std::string> url;
  std::optional<std::string> branch;
  std::optional<std::string> path_prefix;
  std::optional<std::string> username;
  // Files that secrets and certificates are read from.
  std::string token_file;
  std::string private_key_file;
  std::string ca_file;
  v1::ConfigureGitHubAppRequest github;
};

absl::StatusOr<std::string> ReadSecret(Session& session, const std::string& path) {
  if (path.empty()) return std::string();
  GITSYNC_CLI_ASSIGN_OR_RETURN(const std::string text, session.ReadText(path));
  return std::string(absl::StripAsciiWhitespace(text));
}

// Prints the key alone on standard output, so that it can be redirected to a file.
void PrintNewKey(Session& session, const v1::GitConfig& config) {
  if (session.output().json()) return session.output().Json(config);
  session.output().Line(absl::StripAsciiWhitespace(config.ssh().public_key()));
  session.output().Note(absl::StrCat(
      "Fingerprint ", config.ssh().public_key_fingerprint(),
      ".\nNext: add this key to ", config.git_url(),
      " as a deploy key with write access, then run\n  gitsyncctl git finalize --org ",
      config.organization_id()));
}

Cell PauseText(const v1::GitConfig& config) {
  if (!config.has_remote_pause()) return "";
  const v1::RemotePause& pause = config.remote_pause();
  return Cell(absl::StrCat("until ", FormatTime(pause.next_try_time()), ", after ",
                           pause.failures(), " failures in a row: ", pause.reason()),
              Tone::kWarning);
}

void PrintConfig(Session& session, const v1::GitConfig& config) {
  Output& output = session.output();
  if (output.json()) return output.Json(config);
  const bool ready = config.state() == v1::GIT_CONFIG_STATE_READY;
  output.Fields({
      {"Organization", config.organization_id()},
      {"URL", config.git_url()},
      {"Branch", config.branch_name()},
      {"Path prefix", config.path_prefix()},
      {"State", ready ? Cell("ready", Tone::kGood)
                      : Cell("pending: not finalized", Tone::kWarning)},
      {"Managed", config.managed() ? "by the server's settings" : ""},
      {"May write", ready ? (config.can_write() ? "yes" : "no") : ""},
      {"Last error", config.last_error()},
      {"Left alone", PauseText(config)},
      {"Public key", config.ssh().public_key()},
      {"Key fingerprint", config.ssh().public_key_fingerprint()},
      {"Host key", config.ssh().host_key_fingerprint()},
      {"GitHub App", config.github_app().github_app_id()},
      {"Installation", config.github_app().github_app_installation_id()},
      {"GitHub API", config.github_app().github_enterprise_api_url()},
      {"App key", config.github_app().private_key_fingerprint()},
      {"User name", config.https_token().username()},
      {"Etag", config.etag()},
      {"Finalized", FormatTime(config.finalize_time())},
      {"Updated", FormatTime(config.update_time())},
  });
}

void PrintPending(Session& session, const v1::GitConfig& config) {
  PrintConfig(session, config);
  session.output().Note(
      absl::StrCat("Next: gitsyncctl git finalize --org ", config.organization_id()));
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
      session.Call(&v1::GitConfigService::Stub::ConfigureSsh, request));
  PrintNewKey(session, config);
  return absl::OkStatus();
}

absl::Status NewKey(Session& session, ConfigOptions& options) {
  v1::GenerateSshKeyRequest request;
  GITSYNC_CLI_ASSIGN_OR_RETURN(*request.mutable_organization_id(),
                               session.OrganizationId(options.org));
  request.set_key_type(options.key_type);
  request.set_etag(options.etag);
  GITSYNC_CLI_ASSIGN_OR_RETURN(
      const auto config,
      session.Call(&v1::GitConfigService::Stub::GenerateSshKey, request));
  PrintNewKey(session, config);
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
      session.Call(&v1::GitConfigService::Stub::ConfigureHttpsToken, request));
  PrintPending(session, config);
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
      session.Call(&v1::GitConfigService::Stub::ConfigureGitHubApp, request));
  PrintPending(session, config);
  return absl::OkStatus();
}

absl::Status Show(Session& session, ConfigOptions& options) {
  v1::GetGitConfigRequest request;
  GITSYNC_CLI_ASSIGN_OR_RETURN(*request.mutable_organization_id(),
                               session.OrganizationId(options.org));
  GITSYNC_CLI_ASSIGN_OR_RETURN(
      const auto config,
      session.Call(&v1::GitConfigService::Stub::GetGitConfig, request));
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
  GITSYNC_CLI_ASSIGN_OR_RETURN(
      const auto config,
      session.Call(&v1::GitConfigService::Stub::UpdateGitConfig, request));
  PrintConfig(session, config);
  if (config.state() == v1::GIT_CONFIG_STATE_PENDING) {
    session.output().Note(
        absl::StrCat("Next: gitsyncctl git finalize --org ", config.organization_id()));
  }
  return absl::OkStatus();
}

absl::Status Delete(Session& session, ConfigOptions& options) {
  v1::DeleteGitConfigRequest request;
  GITSYNC_CLI_ASSIGN_OR_RETURN(*request.mutable_organization_id(),
                               session.OrganizationId(options.org));
  request.set_etag(options.etag);
  GITSYNC_CLI_ASSIGN_OR_RETURN(
      const auto nothing,
      session.Call(&v1::GitConfigService::Stub::DeleteGitConfig, request));
  if (session.output().json()) session.output().Json(nothing);
  session.output().Note("Deleted the git configuration with its keys.");
  return absl::OkStatus();
}

void AddKeyTypeOption(CLI::App& command, ConfigOptions& options,
                      const std::string& otherwise) {
  command.add_option("--key-type", options.key_type, "ed25519 or rsa; " + otherwise)
      ->transform(CLI::CheckedTransformer(KeyTypes(), CLI::ignore_case).description(""))
      ->type_name("TYPE");
}

// What every kind of connection has.
std::shared_ptr<ConfigOptions> AddRepositoryOptions(CLI::App& command) {
  auto options = std::make_shared<ConfigOptions>();
  command.add_option("GIT_URL", options->url, "URL of the repository")->required();
  AddOrgOption(command, options->org);
  command.add_option("--branch", options->branch,
                     "Branch to sync with; master if not given");
  command.add_option("--path-prefix", options->path_prefix,
                     "Folder of the repository to keep everything in");
  return options;
}

void AddSecretFile(CLI::App& command, const std::string& name, std::string& path,
                   const std::string& what, bool required) {
  command.add_option(name, path, "File with " + what + "; - reads standard input")
      ->required(required);
}

void AddConfigureCommands(CLI::App& config, Action& action) {
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

}  // namespace

void AddGitConfigCommands(CLI::App& git, Action& action) {
  CLI::App* config = AddGroup(git, "config", "An organization's repository");
  AddConfigureCommands(*config, action);

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
  Runs(*update, action, options, Update);

  options = std::make_shared<ConfigOptions>();
  CLI::App* remove = config->add_subcommand(
      "delete", "Forget the configuration with its keys; apps and repository stay");
  AddOrgOption(*remove, options->org);
  AddEtagOption(*remove, options->etag);
  Runs(*remove, action, options, Delete);

  options = std::make_shared<ConfigOptions>();
  CLI::App* new_key = config->add_subcommand(
      "new-key", "Replace the SSH key, and print the public one on standard output");
  AddOrgOption(*new_key, options->org);
  AddKeyTypeOption(*new_key, *options, "as before if not given");
  AddEtagOption(*new_key, options->etag);
  Runs(*new_key, action, options, NewKey);
}

}  // namespace gitsync::cli
