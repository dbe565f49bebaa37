#include "server/rpc/git_config_input.h"

#include <string>
#include <utility>

#include "server/base/status_macros.h"
#include "server/base/uuid.h"
#include "server/rpc/convert.h"
#include "server/rpc/request_fields.h"

namespace gitsync {
namespace {

// A copy of a secret that came in a request, to be wiped after use.
Secret SecretOf(const std::string& field) { return Secret(field); }

}  // namespace

GitHubAppConfigInput ToConfigInput(const v1::ConfigureGitHubAppRequest& request) {
  GitHubAppConfigInput input;
  input.organization_id = request.organization_id();
  input.git_url = request.git_url();
  input.branch = request.branch_name();
  input.path_prefix = request.path_prefix();
  input.github_app_id = request.github_app_id();
  input.github_app_installation_id = request.github_app_installation_id();
  input.github_app_private_key = SecretOf(request.github_app_private_key());
  input.github_enterprise_api_url = request.github_enterprise_api_url();
  input.github_enterprise_url = request.github_enterprise_url();
  input.ca_certificate = request.ca_certificate();
  return input;
}

SshConfigInput ToConfigInput(const v1::ConfigureSshRequest& request) {
  SshConfigInput input;
  input.organization_id = request.organization_id();
  input.git_url = request.git_url();
  input.branch = request.branch_name();
  input.path_prefix = request.path_prefix();
  input.key_type = KeyTypeOf(request.key_type()).value_or(SshKeyType::kEd25519);
  return input;
}

HttpsTokenConfigInput ToConfigInput(const v1::ConfigureHttpsTokenRequest& request) {
  HttpsTokenConfigInput input;
  input.organization_id = request.organization_id();
  input.git_url = request.git_url();
  input.branch = request.branch_name();
  input.path_prefix = request.path_prefix();
  input.username = request.username();
  input.token = SecretOf(request.token());
  input.ca_certificate = request.ca_certificate();
  return input;
}

absl::StatusOr<GitConfigUpdate> ToGitConfigUpdate(
    const v1::UpdateGitConfigRequest& request, const Sealer& sealer) {
  Violations violations = CheckRequestId(request);
  violations.RequireUuid("organization_id", request.organization_id());
  const UpdateMask mask(request.update_mask(),
                        {"git_url", "branch_name", "path_prefix", "token", "username",
                         "github_app_private_key", "ca_certificate"},
                        violations);
  GitConfigUpdate update;
  update.organization_id = NormalizeUuid(request.organization_id());
  update.etag = request.etag();
  update.git_url = mask.Take("git_url", request.has_git_url(), request.git_url());
  update.branch =
      mask.Take("branch_name", request.has_branch_name(), request.branch_name());
  update.path_prefix =
      mask.Take("path_prefix", request.has_path_prefix(), request.path_prefix());
  update.username = mask.Take("username", request.has_username(), request.username());
  update.ca_certificate = mask.Take("ca_certificate", request.has_ca_certificate(),
                                    request.ca_certificate());
  absl::Status sealing;
  if (mask.Takes("token", request.has_token())) {
    absl::StatusOr<std::string> sealed =
        SealHttpsToken(update.organization_id, SecretOf(request.token()), sealer);
    sealing = sealed.status();
    if (sealed.ok()) update.sealed_token = *std::move(sealed);
  }
  if (mask.Takes("github_app_private_key", request.has_github_app_private_key())) {
    absl::StatusOr<SealedAppKey> sealed = SealGitHubAppKey(
        update.organization_id, SecretOf(request.github_app_private_key()), sealer);
    if (sealing.ok()) sealing = sealed.status();
    if (sealed.ok()) {
      update.sealed_app_key = std::move(sealed->sealed);
      update.app_key_fingerprint = std::move(sealed->fingerprint);
    }
  }
  RETURN_IF_ERROR(MergeViolations(std::move(violations), sealing));
  return update;
}

}  // namespace gitsync
