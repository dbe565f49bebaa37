#include "server/resource/managed_git_configs.h"

#include <set>
#include <utility>

#include "server/base/status_macros.h"
#include "server/resource/access.h"
#include "server/resource/git_config_comparison.h"

namespace gitsync {
namespace {

// Gives a changed row a new etag and update time, and stores it.
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
