#include "server/app/managed_git_configs.h"

#include <set>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "server/base/logging.h"
#include "server/base/status_macros.h"
#include "server/resource/managed_git_configs.h"

namespace gitsync {
namespace {

using config::v1::ManagedGitConfig;
using config::v1::ServerConfig;

absl::StatusOr<GitConfigDraft> DraftOf(const ManagedGitConfig& setting,
                                       const Sealer& sealer) {
  const auto with_common = [&setting](auto input) {
    input.organization_id = setting.organization_id();
    input.git_url = setting.git_url();
    input.branch = setting.branch_name();
    input.path_prefix = setting.path_prefix();
    input.ca_certificate = setting.ca_certificate();
    return input;
  };
  switch (setting.credential_case()) {
    case ManagedGitConfig::kHttpsToken: {
      auto input = with_common(HttpsTokenConfigInput());
      input.username = setting.https_token().username();
      input.token = Secret(setting.https_token().token());
      return DraftHttpsTokenConfig(input, sealer);
    }
    case ManagedGitConfig::kGithubApp: {
      auto input = with_common(GitHubAppConfigInput());
      const config::v1::ManagedGitHubApp& app = setting.github_app();
      input.github_app_id = app.github_app_id();
      input.github_app_installation_id = app.github_app_installation_id();
      input.github_app_private_key = Secret(app.github_app_private_key());
      input.github_enterprise_api_url = app.github_enterprise_api_url();
      input.github_enterprise_url = app.github_enterprise_url();
      return DraftGitHubAppConfig(input, sealer);
    }
    case ManagedGitConfig::CREDENTIAL_NOT_SET:
      break;
  }
  return absl::InvalidArgumentError("needs https_token or github_app");
}

absl::StatusOr<std::vector<GitConfigDraft>> Drafts(const ServerConfig& config,
                                                   const Sealer& sealer) {
  std::vector<GitConfigDraft> drafts;
  std::vector<std::string> faults;
  std::set<std::string> organizations;
  for (int i = 0; i < config.git_configs_size(); ++i) {
    const std::string name = absl::StrCat("git_configs[", i, "]");
    absl::StatusOr<GitConfigDraft> draft = DraftOf(config.git_configs(i), sealer);
    if (!draft.ok()) {
      faults.push_back(absl::StrCat(name, ": ", draft.status().message()));
    } else if (!organizations.insert(draft->row.organization_id).second) {
      faults.push_back(absl::StrCat(name, ": the organization has another one"));
    } else {
      drafts.push_back(*std::move(draft));
    }
  }
  if (faults.empty()) return drafts;
  return absl::InvalidArgumentError(absl::StrJoin(faults, "\n"));
}

}  // namespace

absl::Status CheckManagedGitConfigs(const ServerConfig& config) {
  // The real keys are in the data folder, which a check does not touch.
  ASSIGN_OR_RETURN(const Sealer sealer,
                   Sealer::Create({Secret(std::string(kMasterKeyBytes, '\0'))}));
  return Drafts(config, sealer).status();
}

absl::StatusOr<std::vector<std::string>> ApplyManagedGitConfigs(
    const ServerConfig& config, const Sealer& sealer, absl::Time now, Store& store) {
  ASSIGN_OR_RETURN(const std::vector<GitConfigDraft> drafts, Drafts(config, sealer));
  ManagedGitConfigsResult result;
  RETURN_IF_ERROR(store.Write([&](Transaction& tx) -> absl::Status {
    ASSIGN_OR_RETURN(result, PutManagedGitConfigs(tx, drafts, sealer, now));
    return absl::OkStatus();
  }));
  for (const std::string& organization_id : result.unknown_organizations) {
    Log(LogLevel::kWarning,
        "git_configs has an organization that does not exist: applied at the first "
        "start or SIGHUP that finds it",
        {{"organization_id", organization_id}});
  }
  return std::move(result.dropped_mirror_ids);
}

}  // namespace gitsync
