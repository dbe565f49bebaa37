#ifndef GITSYNC_STORAGE_GIT_CONFIG_STORE_H_
#define GITSYNC_STORAGE_GIT_CONFIG_STORE_H_

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"

namespace gitsync {

enum class CredentialKind { kSsh = 1, kGitHubApp = 2, kHttpsToken = 3 };

// An organization's connection to its repository.
struct GitConfigRow {
  std::string organization_id;
  // Changes whenever the configuration refers to another repository, branch or prefix.
  // Names the mirror.
  std::string mirror_id;
  std::string git_url;
  std::string branch;
  std::string path_prefix;  // without "/" at either end; empty is the root
  CredentialKind kind = CredentialKind::kSsh;

  // SSH private key, App private key or token. Sealed: see server/security/sealer.h.
  std::string sealed_secret;

  // SSH.
  std::string key_type;    // "ED25519" or "RSA"
  std::string public_key;  // OpenSSH's one-line form
  // The pinned host key as a known_hosts value ("ssh-ed25519 AAAA..."); empty until
  // finalized.
  std::string host_key;

  // GitHub App.
  std::string github_app_id;
  std::string github_app_installation_id;
  std::string github_enterprise_api_url;
  std::string app_key_fingerprint;

  // HTTPS token.
  std::string username;

  // HTTPS.
  std::string ca_certificate;

  std::optional<absl::Time> finalize_time;  // nullopt: not ready
  bool can_write = false;
  std::string last_error;
  // The etag of the configuration whose login was last known to work. Empty if the
  // login never worked, or has been refused since.
  std::string proved_etag;
  // Whether it comes from the server's settings; if false, a call created it.
  bool managed = false;
  std::string etag;
  absl::Time create_time;
  absl::Time update_time;

  bool operator==(const GitConfigRow&) const = default;
};

// Git configurations, at most one for each organization. See store.h for the errors.
class GitConfigStore {
 public:
  virtual ~GitConfigStore() = default;

  virtual absl::StatusOr<GitConfigRow> Get(absl::string_view organization_id) const = 0;
  // Lists the configurations that come from the server's settings.
  virtual absl::StatusOr<std::vector<GitConfigRow>> ListManaged() const = 0;
  // Returns the first `bytes` of each sealed secret, which name the key that opens it.
  virtual absl::StatusOr<std::vector<std::string>> ListSealHeaders(
      size_t bytes) const = 0;
  // Writes the row and replaces any row that the organization had. NOT_FOUND if there
  // is no such organization.
  virtual absl::Status Put(const GitConfigRow& row) = 0;
  // NOT_FOUND.
  virtual absl::Status Delete(absl::string_view organization_id) = 0;
};

}  // namespace gitsync

#endif  // GITSYNC_STORAGE_GIT_CONFIG_STORE_H_
