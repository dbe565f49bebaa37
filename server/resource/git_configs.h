// The parts of git configurations that involve no remote. FinalizeGitConfig and
// TestGitConnection are in sync_service.h.

#ifndef GITSYNC_SERVER_RESOURCE_GIT_CONFIGS_H_
#define GITSYNC_SERVER_RESOURCE_GIT_CONFIGS_H_

#include <optional>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "server/base/secret.h"
#include "server/git/transport/remote.h"
#include "server/resource/caller.h"
#include "server/security/sealer.h"
#include "server/security/ssh_key.h"
#include "storage/store.h"

namespace gitsync {

// A configuration to be stored. Everything that takes time (generating keys, checking
// PEM, sealing) is done before the transaction that stores it.
struct GitConfigDraft {
  // The whole row except ids, etag, times and what finalizing finds out.
  GitConfigRow row;
  // Whether the row has the key pair and the etag of the configuration that was there
  // when the draft was made.
  bool keeps_key = false;
};

// Names the record that a configuration's secret is sealed for.
std::string GitSecretIdentity(absl::string_view organization_id);

// INVALID_ARGUMENT (INVALID_GIT_URL) if the URL has no valid form for `kind`.
absl::Status CheckGitUrl(absl::string_view url, CredentialKind kind, bool allow_file);

// The drafts of the three kinds. They block as long as the key takes. `prefix` is
// tidied; the caller has checked the other fields. A wrong field gives INVALID_ARGUMENT
// (INVALID_REQUEST or INVALID_GIT_URL).
struct SshConfigInput {
  std::string organization_id;
  std::string organization_name;  // for the public key's comment
  std::string git_url;
  std::string branch;
  std::string path_prefix;
  SshKeyType key_type = SshKeyType::kEd25519;
  // The organization's current configuration, if it has one. Its key pair is kept if
  // URL, branch, prefix and kind of key are the same.
  std::optional<GitConfigRow> current;
};
absl::StatusOr<GitConfigDraft> DraftSshConfig(const SshConfigInput& input,
                                              const Sealer& sealer, bool allow_file);

// A draft with only a new key pair, for ReplaceSshKey. Blocks as long as the key takes.
absl::StatusOr<GitConfigDraft> DraftSshKey(absl::string_view organization_id,
                                           absl::string_view organization_name,
                                           SshKeyType key_type, const Sealer& sealer);

// The kind of key that an SSH configuration has.
SshKeyType SshKeyTypeOf(const GitConfigRow& row);

struct HttpsTokenConfigInput {
  std::string organization_id;
  std::string git_url;
  std::string branch;
  std::string path_prefix;
  std::string username;  // empty: a suitable one for the host
  Secret token;
  std::string ca_certificate;
};
absl::StatusOr<GitConfigDraft> DraftHttpsTokenConfig(const HttpsTokenConfigInput& input,
                                                     const Sealer& sealer);

struct GitHubAppConfigInput {
  std::string organization_id;
  std::string git_url;
  std::string branch;
  std::string path_prefix;
  std::string github_app_id;
  std::string github_app_installation_id;
  Secret github_app_private_key;
  std::string github_enterprise_api_url;
  std::string github_enterprise_url;  // used for the API's URL, if that is empty
  std::string ca_certificate;
};
absl::StatusOr<GitConfigDraft> DraftGitHubAppConfig(const GitHubAppConfigInput& input,
                                                    const Sealer& sealer);

// A new token, checked and sealed, for GitConfigUpdate::sealed_token.
absl::StatusOr<std::string> SealHttpsToken(absl::string_view organization_id,
                                           const Secret& token, const Sealer& sealer);

// A new private key of a GitHub App, checked and sealed, for
// GitConfigUpdate::sealed_app_key and app_key_fingerprint.
struct SealedAppKey {
  std::string sealed;
  std::string fingerprint;
};
absl::StatusOr<SealedAppKey> SealGitHubAppKey(absl::string_view organization_id,
                                              const Secret& pem, const Sealer& sealer);

// A configuration after a change, and the mirror that it no longer uses (empty: none).
struct GitConfigChange {
  GitConfigRow row;
  std::string dropped_mirror_id;
};

// What allows a finalized configuration to be replaced.
struct ReplaceGuard {
  std::string etag = {};  // that of the configuration; empty: not given
  bool replace = false;   // regardless of its etag
};

// Creates or replaces the organization's configuration, which then has to be finalized.
// An existing one with the same repository and credential is returned unchanged. Sync
// states of the organization's apps are deleted if the repository, branch or prefix
// changes. Needs ORG_ADMIN.
//
// Errors: ABORTED (GIT_CONFIG_EXISTS: it is finalized, and `guard` does not allow the
// replacement; ETAG_MISMATCH), both with the current etag; FAILED_PRECONDITION
// (GIT_CONFIG_MANAGED) if it comes from the server's settings, as for the other changes
// below.
absl::StatusOr<GitConfigChange> PutGitConfig(Transaction& tx, const Caller& caller,
                                             const GitConfigDraft& draft,
                                             const ReplaceGuard& guard,
                                             const Sealer& sealer, absl::Time now);

// The same without any checks, for a row from the server's settings.
absl::StatusOr<GitConfigChange> ReplaceGitConfig(Transaction& tx,
                                                 const GitConfigRow& new_row,
                                                 absl::Time now);

absl::StatusOr<GitConfigRow> GetGitConfig(const Transaction& tx, const Caller& caller,
                                          absl::string_view organization_id);

// Gives an SSH configuration the key pair of `draft` (row.sealed_secret, key_type,
// public_key). Needs ORG_ADMIN. FAILED_PRECONDITION (NOT_AN_SSH_CONFIG).
absl::StatusOr<GitConfigRow> ReplaceSshKey(Transaction& tx, const Caller& caller,
                                           absl::string_view etag,
                                           const GitConfigDraft& draft, absl::Time now);

// Fields to change. Secrets are already sealed.
struct GitConfigUpdate {
  std::string organization_id;
  std::string etag;
  std::optional<std::string> git_url;
  std::optional<std::string> branch;
  std::optional<std::string> path_prefix;
  std::optional<std::string> username;
  std::optional<std::string> ca_certificate;
  // A token, for CredentialKind::kHttpsToken.
  std::optional<std::string> sealed_token;
  // A private key and its fingerprint, for CredentialKind::kGitHubApp.
  std::optional<std::string> sealed_app_key;
  std::string app_key_fingerprint;
};

// Changes the fields that are set. Another URL, branch or prefix deletes the sync
// states, and needs finalizing; a new token, key, user name or certificate does not. A
// URL of another host deletes the host key, and needs a new token or App's key. An
// update that changes nothing keeps etag and update time. Needs ORG_ADMIN. ABORTED
// (ETAG_MISMATCH), INVALID_ARGUMENT (INVALID_REQUEST: also for a field that this kind
// of configuration does not have; INVALID_GIT_URL).
absl::StatusOr<GitConfigChange> UpdateGitConfig(Transaction& tx, const Caller& caller,
                                                const GitConfigUpdate& update,
                                                bool allow_file, absl::Time now);

// Deletes the configuration with its secret, and the sync states of the organization's
// apps. Returns the mirror that is no longer used. Needs ORG_ADMIN. ABORTED
// (ETAG_MISMATCH).
absl::StatusOr<std::string> DeleteGitConfig(Transaction& tx, const Caller& caller,
                                            absl::string_view organization_id,
                                            absl::string_view etag);

}  // namespace gitsync

#endif  // GITSYNC_SERVER_RESOURCE_GIT_CONFIGS_H_
