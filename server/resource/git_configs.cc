#include "server/resource/git_configs.h"

#include <utility>

#include "server/base/error.h"
#include "server/base/reason.h"
#include "server/base/status_macros.h"
#include "server/base/uuid.h"
#include "server/resource/access.h"
#include "server/resource/git_config_comparison.h"
#include "server/resource/validation.h"
#include "server/security/certificate_pem.h"

namespace gitsync {
namespace {

absl::Status CheckNotManaged(const GitConfigRow& row) {
  if (!row.managed) return absl::OkStatus();
  return Error(absl::StatusCode::kFailedPrecondition, reason::kGitConfigManaged,
               "This git configuration comes from the server's settings; change "
               "git_configs there and start the server again.")
      .With("organization_id", row.organization_id);
}

// A finalized configuration is in use, so nothing may replace it by accident.
absl::Status CheckMayReplace(const GitConfigRow& row, const ReplaceGuard& guard) {
  RETURN_IF_ERROR(CheckEtag(guard.etag, row.etag));
  if (!row.finalize_time.has_value() || guard.replace || !guard.etag.empty()) {
    return absl::OkStatus();
  }
  return Error(absl::StatusCode::kAborted, reason::kGitConfigExists,
               "The organization has a finalized git configuration that differs from "
               "this one, and nothing was changed. To replace it, repeat the request "
               "with its etag, or with replace; to change only some of it, update it.")
      .With("organization_id", row.organization_id)
      .With("etag", row.etag);
}

// Resets what FinalizeGitConfig found out.
void Unfinalize(GitConfigRow& row) {
  row.finalize_time.reset();
  row.can_write = false;
  row.last_error.clear();
}

absl::Status CheckUpdate(const GitConfigUpdate& update, const GitConfigRow& row,
                         bool allow_file) {
  const bool by_token = row.kind == CredentialKind::kHttpsToken;
  Violations violations;
  if (update.git_url) {
    violations.Add("git_url", CheckGitUrl(*update.git_url, row.kind, allow_file));
  }
  if (update.branch) violations.RequireBranch("branch_name", *update.branch);
  if (update.path_prefix) {
    violations.CheckPathPrefix("path_prefix", *update.path_prefix);
  }
  if (update.username && !by_token) {
    violations.Add("username", "is for a configuration by token only");
  } else if (update.username) {
    violations.RequireUsername("username", *update.username);
  }
  if (update.sealed_token && !by_token) {
    violations.Add("token", "is for a configuration by token only");
  }
  if (update.sealed_app_key && row.kind != CredentialKind::kGitHubApp) {
    violations.Add("github_app_private_key", "is for a GitHub App only");
  }
  if (update.ca_certificate && !update.ca_certificate->empty()) {
    if (row.kind == CredentialKind::kSsh) {
      violations.Add("ca_certificate", "is for a configuration over HTTPS only");
    } else {
      violations.Add("ca_certificate", CheckCertificatePem(*update.ca_certificate));
    }
  }
  if (update.git_url && !SameHost(*update.git_url, row.git_url)) {
    // Someone who may change the URL must not be able to have the secret sent to any
    // host.
    if (by_token && !update.sealed_token) {
      violations.Add("token", "is required with a URL of another host");
    }
    if (row.kind == CredentialKind::kGitHubApp && !update.sealed_app_key) {
      violations.Add("github_app_private_key",
                     "is required with a URL of another host");
    }
  }
  return violations.ToStatus();
}

// Sets `field` to `value` if there is one; returns whether that changes it.
bool Assign(const std::optional<std::string>& value, std::string& field) {
  if (!value || *value == field) return false;
  field = *value;
  return true;
}

}  // namespace

absl::StatusOr<GitConfigChange> PutGitConfig(Transaction& tx, const Caller& caller,
                                             const GitConfigDraft& draft,
                                             const ReplaceGuard& guard,
                                             const Sealer& sealer, absl::Time now) {
  RETURN_IF_ERROR(
      FindOrganization(tx, caller, draft.row.organization_id, Role::kOrgAdmin)
          .status());
  const absl::StatusOr<GitConfigRow> old =
      tx.git_configs().Get(draft.row.organization_id);
  if (!old.ok() && !absl::IsNotFound(old.status())) return old.status();
  const std::string etag = old.ok() ? old->etag : "";
  if (draft.keeps_key && (!old.ok() || old->public_key != draft.row.public_key)) {
    // The key was replaced since the draft was made, and the old one must not come
    // back.
    RETURN_IF_ERROR(CheckEtag(draft.row.etag, etag));
  }
  if (!old.ok()) {
    RETURN_IF_ERROR(CheckEtag(guard.etag, etag));
  } else if (SameAccess(draft.row, *old) && SameLogin(draft.row, *old, sealer)) {
    return GitConfigChange{*old, /*dropped_mirror_id=*/""};
  } else {
    RETURN_IF_ERROR(CheckNotManaged(*old));
    RETURN_IF_ERROR(CheckMayReplace(*old, guard));
  }
  return ReplaceGitConfig(tx, draft.row, now);
}

absl::StatusOr<GitConfigChange> ReplaceGitConfig(Transaction& tx,
                                                 const GitConfigRow& new_row,
                                                 absl::Time now) {
  GitConfigChange change;
  GitConfigRow& row = change.row;
  row = new_row;
  row.mirror_id = NewUuid();
  row.etag = NewEtag();
  row.create_time = now;
  row.update_time = now;
  const absl::StatusOr<GitConfigRow> old = tx.git_configs().Get(row.organization_id);
  if (!old.ok() && !absl::IsNotFound(old.status())) return old.status();
  if (old.ok()) row.create_time = old->create_time;
  // The pinned key belongs to the host, whatever repository is on it.
  if (old.ok() && SameHost(row.git_url, old->git_url)) row.host_key = old->host_key;
  if (old.ok() && SameRepository(row, *old)) {
    row.mirror_id = old->mirror_id;
  } else if (old.ok()) {
    change.dropped_mirror_id = old->mirror_id;
    RETURN_IF_ERROR(tx.apps().ClearGitStates(row.organization_id));
  }
  RETURN_IF_ERROR(tx.git_configs().Put(row));
  return change;
}

absl::StatusOr<GitConfigRow> GetGitConfig(const Transaction& tx, const Caller& caller,
                                          absl::string_view organization_id) {
  return FindGitConfig(tx, caller, NormalizeUuid(organization_id), Role::kViewer);
}

absl::StatusOr<GitConfigRow> ReplaceSshKey(Transaction& tx, const Caller& caller,
                                           absl::string_view etag,
                                           const GitConfigDraft& draft,
                                           absl::Time now) {
  ASSIGN_OR_RETURN(
      GitConfigRow row,
      FindGitConfig(tx, caller, draft.row.organization_id, Role::kOrgAdmin));
  RETURN_IF_ERROR(CheckNotManaged(row));
  if (row.kind != CredentialKind::kSsh) {
    return Error(absl::StatusCode::kFailedPrecondition, reason::kNotAnSshConfig,
                 "The organization's git configuration does not use SSH; make one that "
                 "does with ConfigureSsh.")
        .With("organization_id", row.organization_id);
  }
  RETURN_IF_ERROR(CheckEtag(etag, row.etag));
  row.sealed_secret = draft.row.sealed_secret;
  row.key_type = draft.row.key_type;
  row.public_key = draft.row.public_key;
  Unfinalize(row);
  row.etag = NewEtag();
  row.update_time = now;
  RETURN_IF_ERROR(tx.git_configs().Put(row));
  return row;
}

absl::StatusOr<GitConfigChange> UpdateGitConfig(Transaction& tx, const Caller& caller,
                                                const GitConfigUpdate& update,
                                                bool allow_file, absl::Time now) {
  ASSIGN_OR_RETURN(const GitConfigRow old,
                   FindGitConfig(tx, caller, NormalizeUuid(update.organization_id),
                                 Role::kOrgAdmin));
  RETURN_IF_ERROR(CheckNotManaged(old));
  RETURN_IF_ERROR(CheckEtag(update.etag, old.etag));
  RETURN_IF_ERROR(CheckUpdate(update, old, allow_file));
  GitConfigChange change;
  GitConfigRow& row = change.row;
  row = old;
  Assign(update.git_url, row.git_url);
  Assign(update.branch, row.branch);
  if (update.path_prefix) row.path_prefix = TidyPathPrefix(*update.path_prefix);
  bool changed = Assign(update.username, row.username);
  changed |= Assign(update.ca_certificate, row.ca_certificate);
  changed |= Assign(update.sealed_token, row.sealed_secret);
  if (Assign(update.sealed_app_key, row.sealed_secret)) {
    row.app_key_fingerprint = update.app_key_fingerprint;
    changed = true;
  }
  if (!SameRepository(row, old)) {
    change.dropped_mirror_id = old.mirror_id;
    row.mirror_id = NewUuid();
    if (!SameHost(row.git_url, old.git_url)) row.host_key.clear();
    Unfinalize(row);
    RETURN_IF_ERROR(tx.apps().ClearGitStates(row.organization_id));
    changed = true;
  }
  if (!changed) return change;
  row.etag = NewEtag();
  row.update_time = now;
  RETURN_IF_ERROR(tx.git_configs().Put(row));
  return change;
}

absl::StatusOr<std::string> DeleteGitConfig(Transaction& tx, const Caller& caller,
                                            absl::string_view organization_id,
                                            absl::string_view etag) {
  ASSIGN_OR_RETURN(
      const GitConfigRow row,
      FindGitConfig(tx, caller, NormalizeUuid(organization_id), Role::kOrgAdmin));
  RETURN_IF_ERROR(CheckNotManaged(row));
  RETURN_IF_ERROR(CheckEtag(etag, row.etag));
  RETURN_IF_ERROR(tx.git_configs().Delete(row.organization_id));
  RETURN_IF_ERROR(tx.apps().ClearGitStates(row.organization_id));
  return row.mirror_id;
}

}  // namespace gitsync
