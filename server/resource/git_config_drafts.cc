// Configurations before they are stored: fields are checked, keys generated, secrets
// sealed.

#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "server/base/error.h"
#include "server/base/reason.h"
#include "server/base/status_macros.h"
#include "server/resource/git_config_comparison.h"
#include "server/resource/git_configs.h"
#include "server/resource/validation.h"
#include "server/security/certificate_pem.h"
#include "server/security/private_key_pem.h"

namespace gitsync {
namespace {

constexpr absl::string_view kDefaultBranch = "master";
constexpr absl::string_view kRsa = "RSA";
constexpr absl::string_view kEd25519 = "ED25519";
constexpr size_t kMaxIdBytes = 64;
constexpr size_t kMaxTokenBytes = 4096;

bool IsNumber(absl::string_view text) {
  for (const char c : text) {
    if (!absl::ascii_isdigit(c)) return false;
  }
  return !text.empty() && text.size() <= 20;
}

// The user name to use with a token if the host's documentation asks for a certain one;
// other hosts accept any name.
absl::string_view DefaultUsername(absl::string_view git_url) {
  const absl::StatusOr<GitUrl> url = ParseGitUrl(git_url, /*allow_file=*/false);
  if (!url.ok()) return "git";
  if (absl::StartsWith(url->host, "gitlab.")) return "oauth2";
  if (url->host == "bitbucket.org") return "x-token-auth";
  return "git";
}

// Checks the fields that every kind has, and writes them to the row.
void DraftCommon(absl::string_view organization_id, absl::string_view git_url,
                 absl::string_view branch, absl::string_view path_prefix,
                 CredentialKind kind, bool allow_file, GitConfigRow& row,
                 Violations& violations) {
  violations.RequireUuid("organization_id", organization_id)
      .Add("git_url", CheckGitUrl(git_url, kind, allow_file))
      .RequireBranch("branch_name", branch)
      .CheckPathPrefix("path_prefix", path_prefix);
  row.organization_id = NormalizeUuid(organization_id);
  row.git_url = std::string(git_url);
  row.branch = std::string(branch);
  row.path_prefix = TidyPathPrefix(path_prefix);
  row.kind = kind;
}

std::string KeyTypeName(SshKeyType key_type) {
  return std::string(key_type == SshKeyType::kRsa4096 ? kRsa : kEd25519);
}

// Gives `row` the key pair of `current` if both have the same access. A key that can't
// be unsealed is not kept.
bool KeepKey(const GitConfigRow& current, const Sealer& sealer, GitConfigRow& row) {
  if (!SameAccess(row, current) ||
      !sealer.Open(current.sealed_secret, GitSecretIdentity(row.organization_id))
           .ok()) {
    return false;
  }
  row.public_key = current.public_key;
  row.sealed_secret = current.sealed_secret;
  row.etag = current.etag;
  return true;
}

// Files that tokens are read from tend to end with a newline.
Secret TidyToken(const Secret& token) {
  return Secret(std::string(absl::StripAsciiWhitespace(token.Reveal())));
}

// Checks the base URL of an API: like a repository's URL, but its path may be empty.
absl::Status CheckApiUrl(absl::string_view url) {
  while (absl::EndsWith(url, "/")) url.remove_suffix(1);
  return CheckGitUrl(absl::StrCat(url, "/api"), CredentialKind::kHttpsToken,
                     /*allow_file=*/false);
}

}  // namespace

std::string GitSecretIdentity(absl::string_view organization_id) {
  return absl::StrCat("git_config/", NormalizeUuid(organization_id));
}

absl::Status CheckGitUrl(absl::string_view url, CredentialKind kind, bool allow_file) {
  const bool ssh = kind == CredentialKind::kSsh;
  ASSIGN_OR_RETURN(const GitUrl parsed, ParseGitUrl(url, ssh && allow_file));
  const bool is_https = parsed.scheme == GitUrl::Scheme::kHttps;
  if (is_https == !ssh) return absl::OkStatus();
  return Error(
      absl::StatusCode::kInvalidArgument, reason::kInvalidGitUrl,
      ssh ? "An SSH configuration needs a URL such as ssh://git@host/owner/repo.git or "
            "git@host:owner/repo.git; for https:// use ConfigureHttpsToken or "
            "ConfigureGitHubApp."
          : "This configuration works over HTTPS and needs a URL such as "
            "https://host/owner/repo.git; for SSH use ConfigureSsh.");
}

SshKeyType SshKeyTypeOf(const GitConfigRow& row) {
  return row.key_type == kRsa ? SshKeyType::kRsa4096 : SshKeyType::kEd25519;
}

absl::StatusOr<GitConfigDraft> DraftSshKey(absl::string_view organization_id,
                                           absl::string_view organization_name,
                                           SshKeyType key_type, const Sealer& sealer) {
  GitConfigDraft draft;
  GitConfigRow& row = draft.row;
  row.organization_id = NormalizeUuid(organization_id);
  row.kind = CredentialKind::kSsh;
  row.key_type = KeyTypeName(key_type);
  ASSIGN_OR_RETURN(
      SshKeyPair pair,
      GenerateSshKey(key_type, absl::StrCat("gitsync-", organization_name)));
  row.public_key = std::move(pair.public_key);
  ASSIGN_OR_RETURN(
      row.sealed_secret,
      sealer.Seal(pair.private_key, GitSecretIdentity(row.organization_id)));
  return draft;
}

absl::StatusOr<GitConfigDraft> DraftSshConfig(const SshConfigInput& input,
                                              const Sealer& sealer, bool allow_file) {
  GitConfigRow common;
  Violations violations;
  DraftCommon(input.organization_id, input.git_url,
              input.branch.empty() ? kDefaultBranch : input.branch, input.path_prefix,
              CredentialKind::kSsh, allow_file, common, violations);
  RETURN_IF_ERROR(violations.ToStatus());
  common.key_type = KeyTypeName(input.key_type);
  if (input.current.has_value() && KeepKey(*input.current, sealer, common)) {
    return GitConfigDraft{std::move(common), /*keeps_key=*/true};
  }
  ASSIGN_OR_RETURN(GitConfigDraft draft,
                   DraftSshKey(input.organization_id, input.organization_name,
                               input.key_type, sealer));
  common.public_key = std::move(draft.row.public_key);
  common.sealed_secret = std::move(draft.row.sealed_secret);
  draft.row = std::move(common);
  return draft;
}

absl::StatusOr<GitConfigDraft> DraftHttpsTokenConfig(const HttpsTokenConfigInput& input,
                                                     const Sealer& sealer) {
  GitConfigDraft draft;
  GitConfigRow& row = draft.row;
  Violations violations;
  DraftCommon(input.organization_id, input.git_url,
              input.branch.empty() ? kDefaultBranch : input.branch, input.path_prefix,
              CredentialKind::kHttpsToken, /*allow_file=*/false, row, violations);
  row.username = input.username.empty() ? std::string(DefaultUsername(input.git_url))
                                        : input.username;
  row.ca_certificate = input.ca_certificate;
  violations.RequireUsername("username", row.username);
  if (!row.ca_certificate.empty()) {
    violations.Add("ca_certificate", CheckCertificatePem(row.ca_certificate));
  }
  const Secret token = TidyToken(input.token);
  violations.RequireVisibleAscii("token", token.Reveal(), kMaxTokenBytes);
  RETURN_IF_ERROR(violations.ToStatus());
  ASSIGN_OR_RETURN(row.sealed_secret,
                   sealer.Seal(token, GitSecretIdentity(row.organization_id)));
  return draft;
}

absl::StatusOr<GitConfigDraft> DraftGitHubAppConfig(const GitHubAppConfigInput& input,
                                                    const Sealer& sealer) {
  GitConfigDraft draft;
  GitConfigRow& row = draft.row;
  Violations violations;
  DraftCommon(input.organization_id, input.git_url, input.branch, input.path_prefix,
              CredentialKind::kGitHubApp, /*allow_file=*/false, row, violations);
  row.github_app_id = input.github_app_id;
  row.github_app_installation_id = input.github_app_installation_id;
  row.github_enterprise_api_url = input.github_enterprise_api_url;
  if (row.github_enterprise_api_url.empty() && !input.github_enterprise_url.empty()) {
    absl::string_view server = input.github_enterprise_url;
    while (absl::ConsumeSuffix(&server, "/")) continue;
    row.github_enterprise_api_url = absl::StrCat(server, "/api/v3");
  }
  row.ca_certificate = input.ca_certificate;
  // The App's client id ("Iv1...") works as well as its number.
  violations.RequireVisibleAscii("github_app_id", row.github_app_id, kMaxIdBytes);
  if (!IsNumber(row.github_app_installation_id)) {
    violations.Add("github_app_installation_id", "must be a number");
  }
  if (!input.github_enterprise_url.empty() &&
      !CheckApiUrl(input.github_enterprise_url).ok()) {
    violations.Add("github_enterprise_url",
                   "must be a URL such as https://github.example.com");
  }
  if (!input.github_enterprise_api_url.empty() &&
      !CheckApiUrl(input.github_enterprise_api_url).ok()) {
    violations.Add("github_enterprise_api_url",
                   "must be a URL such as https://github.example.com/api/v3");
  }
  if (!row.ca_certificate.empty()) {
    violations.Add("ca_certificate", CheckCertificatePem(row.ca_certificate));
  }
  const absl::StatusOr<RsaPrivateKeyPem> key =
      ParseRsaPrivateKeyPem(input.github_app_private_key);
  violations.Add("github_app_private_key", key.status());
  RETURN_IF_ERROR(violations.ToStatus());
  row.app_key_fingerprint = key->fingerprint;
  ASSIGN_OR_RETURN(row.sealed_secret,
                   sealer.Seal(key->pem, GitSecretIdentity(row.organization_id)));
  return draft;
}

absl::StatusOr<std::string> SealHttpsToken(absl::string_view organization_id,
                                           const Secret& token, const Sealer& sealer) {
  const Secret tidy = TidyToken(token);
  RETURN_IF_ERROR(Violations()
                      .RequireVisibleAscii("token", tidy.Reveal(), kMaxTokenBytes)
                      .ToStatus());
  return sealer.Seal(tidy, GitSecretIdentity(organization_id));
}

absl::StatusOr<SealedAppKey> SealGitHubAppKey(absl::string_view organization_id,
                                              const Secret& pem, const Sealer& sealer) {
  const absl::StatusOr<RsaPrivateKeyPem> key = ParseRsaPrivateKeyPem(pem);
  RETURN_IF_ERROR(Violations().Add("github_app_private_key", key.status()).ToStatus());
  SealedAppKey result;
  result.fingerprint = key->fingerprint;
  ASSIGN_OR_RETURN(result.sealed,
                   sealer.Seal(key->pem, GitSecretIdentity(organization_id)));
  return result;
}

}  // namespace gitsync
