#include "server/resource/git_config_comparison.h"

#include <string>

#include "absl/status/statusor.h"
#include "server/git/transport/remote.h"
#include "server/resource/git_configs.h"
#include "server/security/access_token.h"

namespace gitsync {

bool SameHost(absl::string_view a, absl::string_view b) {
  const absl::StatusOr<GitUrl> first = ParseGitUrl(a, /*allow_file=*/true);
  const absl::StatusOr<GitUrl> second = ParseGitUrl(b, /*allow_file=*/true);
  return first.ok() && second.ok() && first->scheme == second->scheme &&
         first->host == second->host && first->port == second->port;
}

bool SameRepository(const GitConfigRow& a, const GitConfigRow& b) {
  return a.git_url == b.git_url && a.branch == b.branch &&
         a.path_prefix == b.path_prefix;
}

bool SameAccess(const GitConfigRow& a, const GitConfigRow& b) {
  return a.kind == b.kind && SameRepository(a, b) && a.key_type == b.key_type &&
         a.github_app_id == b.github_app_id &&
         a.github_app_installation_id == b.github_app_installation_id &&
         a.github_enterprise_api_url == b.github_enterprise_api_url;
}

bool SameLogin(const GitConfigRow& a, const GitConfigRow& b, const Sealer& sealer) {
  if (a.username != b.username || a.public_key != b.public_key ||
      a.ca_certificate != b.ca_certificate) {
    return false;
  }
  const std::string identity = GitSecretIdentity(a.organization_id);
  const absl::StatusOr<Secret> first = sealer.Open(a.sealed_secret, identity);
  const absl::StatusOr<Secret> second = sealer.Open(b.sealed_secret, identity);
  return first.ok() && second.ok() &&
         ConstantTimeEquals(first->Reveal(), second->Reveal());
}

}  // namespace gitsync
