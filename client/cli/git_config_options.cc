#include "client/cli/git_config_options.h"

#include <map>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "client/cli/commands.h"
#include "client/cli/contents.h"
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

Cell PauseText(const v1::GitConfig& config) {
  if (!config.has_remote_pause()) return "";
  const v1::RemotePause& pause = config.remote_pause();
  return Cell(absl::StrCat("until ", FormatTime(pause.next_try_time()), ", after ",
                           pause.failures(), " failures in a row: ", pause.reason()),
              Tone::kWarning);
}

std::string NextStepFor(const v1::GitConfig& config) {
  const std::string finalize =
      absl::StrCat("gitsyncctl git finalize --org ", config.organization_id());
  if (config.has_ssh()) {
    return absl::StrCat("Next: add the public key to ", config.git_url(),
                        " as a deploy key with write access, then run\n  ", finalize);
  }
  return absl::StrCat("The first push, import, pull or promotion finalizes it; ",
                      finalize, " tries it now.");
}

}  // namespace

void AddKeyTypeOption(CLI::App& command, ConfigOptions& options,
                      const std::string& otherwise) {
  command.add_option("--key-type", options.key_type, "ed25519 or rsa; " + otherwise)
      ->transform(CLI::CheckedTransformer(KeyTypes(), CLI::ignore_case).description(""))
      ->type_name("TYPE");
}

void AddSecretFile(CLI::App& command, const std::string& name, std::string& path,
                   const std::string& what, bool required) {
  command.add_option(name, path, "File with " + what + "; - reads standard input")
      ->required(required);
}

absl::StatusOr<std::string> ReadSecret(Session& session, const std::string& path) {
  if (path.empty()) return std::string();
  GITSYNC_CLI_ASSIGN_OR_RETURN(const std::string text, session.ReadText(path));
  return std::string(absl::StripAsciiWhitespace(text));
}

absl::StatusOr<v1::GitConfig> GetConfig(Session& session,
                                        const std::string& organization_id) {
  v1::GetGitConfigRequest request;
  request.set_organization_id(organization_id);
  return session.Call(&v1::GitConfigService::Stub::GetGitConfig, request);
}

absl::StatusOr<std::string> SyncedWith(Session& session, const v1::GitConfig& config) {
  GITSYNC_CLI_ASSIGN_OR_RETURN(const int64_t apps,
                               CountSyncedApps(session, config.organization_id()));
  return absl::StrCat(config.git_url(), ", branch ", config.branch_name(), ", with ",
                      Count(apps, "synced app"));
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

void PrintChangedConfig(Session& session, const v1::GitConfig& config) {
  PrintConfig(session, config);
  if (config.state() == v1::GIT_CONFIG_STATE_PENDING) {
    session.output().Note(NextStepFor(config));
  }
}

void PrintKey(Session& session, const v1::GitConfig& config) {
  if (session.output().json()) return session.output().Json(config);
  session.output().Line(absl::StripAsciiWhitespace(config.ssh().public_key()));
  const bool ready = config.state() == v1::GIT_CONFIG_STATE_READY;
  session.output().Note(absl::StrCat(
      "Fingerprint ", config.ssh().public_key_fingerprint(), ".\n",
      ready ? "It is in use already: nothing was changed." : NextStepFor(config)));
}

}  // namespace gitsync::cli
