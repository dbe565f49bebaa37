#include "server/sync/managed_git_configs.h"

#include <set>
#include <utility>

#include "server/base/status_macros.h"
#include "server/sync/access.h"

namespace gitsync {
namespace {

// Whether both log in to one repository as the same user or App: what finalizing found
// out about one holds for the other.
bool SameAccess(const GitConfigRow& a, const GitConfigRow& b) {
  return a.kind == b.kind && SameRepository(a, b) &&
         a.github_app_id == b.github_app_id &&
         a.github_app_installation_id == b.github_app_installation_id &&
         a.github_enterprise_api_url == b.github_enterprise_api_url;
}

// A secret that can't be opened is no secret that is the same.
bool SameLogin(const GitConfigRow& a, const GitConfigRow& b, const Sealer& sealer) {
  if (a.username != b.username || a.ca_certificate != b.ca_certificate) return false;
  const std::string identity = GitSecretIdentity(a.organization_id);
  const absl::StatusOr<Secret> first = sealer.Open(a.sealed_secret, identity);
  const absl::StatusOr<Secret> second = sealer.Open(b.sealed_secret, identity);
  return first.ok() && second.ok() && first->Reveal() == second->Reveal();
}

// Marks what has changed, and keeps it.
absl::Status Keep(Transaction& tx, GitConfigRow row, absl::Time now) {
  row.etag = NewEtag();
  row.update_time = now;
  return tx.git_configs().Put(row);
}

// Returns the mirror that is no longer used.
absl::StatusOr<std::string> PutManaged(Transaction& tx, const GitConfigRow& row,
                                       const Sealer& sealer, absl::Time now) {
  absl::StatusOr<GitConfigRow> old = tx.git_configs().Get(row.organization_id);
  if (!old.ok() && !absl::IsNotFound(old.status())) return old.status();
  if (!old.ok() || !SameAccess(row, *old)) {
    ASSIGN_OR_RETURN(GitConfigChange change, ReplaceGitConfig(tx, row, now));
    return std::move(change.dropped_mirror_id);
  }
  const bool same_login = SameLogin(row, *old, sealer);
  if (same_login && old->managed) return std::string();
  old->managed = true;
  if (!same_login) {
    old->username = row.username;
    old->ca_certificate = row.ca_certificate;
    old->sealed_secret = row.sealed_secret;
    old->app_key_fingerprint = row.app_key_fingerprint;
  }
  RETURN_IF_ERROR(Keep(tx, *std::move(old), now));
  return std::string();
}

}  // namespace

absl::StatusOr<ManagedGitConfigsResult> PutManagedGitConfigs(
    Transaction& tx, const std::vector<GitConfigDraft>& drafts, const Sealer& sealer,
    absl::Time now) {
  ManagedGitConfigsResult result;
  std::set<std::string> organizations;
  for (const GitConfigDraft& draft : drafts) {
    GitConfigRow row = draft.row;
    row.managed = true;
    organizations.insert(row.organization_id);
    const auto organization = tx.organizations().Get(row.organization_id);
    if (absl::IsNotFound(organization.status())) {
      result.unknown_organizations.push_back(row.organization_id);
      continue;
    }
    RETURN_IF_ERROR(organization.status());
    ASSIGN_OR_RETURN(std::string mirror_id, PutManaged(tx, row, sealer, now));
    if (!mirror_id.empty()) result.dropped_mirror_ids.push_back(std::move(mirror_id));
  }
  ASSIGN_OR_RETURN(const std::vector<GitConfigRow> managed,
                   tx.git_configs().ListManaged());
  for (GitConfigRow row : managed) {
    if (organizations.count(row.organization_id) > 0) continue;
    row.managed = false;
    RETURN_IF_ERROR(Keep(tx, std::move(row), now));
  }
  return result;
}

}  // namespace gitsync
