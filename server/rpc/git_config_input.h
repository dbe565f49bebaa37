// Converts the requests of GitConfigService to the inputs of the use cases.

#ifndef GITSYNC_SERVER_RPC_GIT_CONFIG_INPUT_H_
#define GITSYNC_SERVER_RPC_GIT_CONFIG_INPUT_H_

#include "absl/status/statusor.h"
#include "gitsync/v1/git_config_service.pb.h"
#include "server/resource/git_configs.h"
#include "server/security/sealer.h"

namespace gitsync {

// Nothing is checked here: the drafts do that. SshConfigInput is returned without the
// fields that come from the organization.
GitHubAppConfigInput ToConfigInput(const v1::ConfigureGitHubAppRequest& request);
SshConfigInput ToConfigInput(const v1::ConfigureSshRequest& request);
HttpsTokenConfigInput ToConfigInput(const v1::ConfigureHttpsTokenRequest& request);

// Checks the request's own fields, and seals the secrets. INVALID_ARGUMENT
// (INVALID_REQUEST).
absl::StatusOr<GitConfigUpdate> ToGitConfigUpdate(
    const v1::UpdateGitConfigRequest& request, const Sealer& sealer);

}  // namespace gitsync

#endif  // GITSYNC_SERVER_RPC_GIT_CONFIG_INPUT_H_
