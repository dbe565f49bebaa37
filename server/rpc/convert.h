// Converts rows of the store and values of the use cases to the messages of the API and
// back. Definitions are moved, never copied.

#ifndef GITSYNC_SERVER_RPC_CONVERT_H_
#define GITSYNC_SERVER_RPC_CONVERT_H_

#include <optional>

#include "absl/time/time.h"
#include "gitsync/v1/access_token_service.pb.h"
#include "gitsync/v1/app_service.pb.h"
#include "gitsync/v1/git_config_service.pb.h"
#include "gitsync/v1/git_sync_service.pb.h"
#include "gitsync/v1/operation_service.pb.h"
#include "gitsync/v1/organization_service.pb.h"
#include "server/git/git_engine.h"
#include "server/resource/apps.h"
#include "server/resource/releases.h"
#include "server/resource/versions.h"
#include "server/security/ssh_key.h"
#include "server/sync/sync_service.h"
#include "storage/store.h"

namespace gitsync {

v1::Organization ToProto(const OrganizationRow& row);
v1::AccessToken ToProto(const AccessTokenRow& row);
v1::App ToProto(const AppView& view);
// Without the definition.
v1::Version ToProto(const VersionRow& row);
v1::Version ToProto(VersionView&& view);
v1::Release ToProto(ReleaseView&& view);
v1::GitConfig ToProto(const GitConfigRow& row);
v1::RemotePause ToProto(const Circuits::Pause& pause);
v1::Operation ToProto(const OperationRow& row);
v1::GitCommit ToProto(const CommitInfo& commit);
v1::GitApp ToProto(const GitAppEntry& entry);
v1::ConnectionStep ToProto(const ConnectionStepResult& step);
v1::FinalizeGitConfigResponse ToProto(const FinalizeResult& result);

// The role, or nullopt if the value is not a role.
std::optional<Role> RoleOf(v1::Role role);
// The type of key, or nullopt if none is named.
std::optional<SshKeyType> KeyTypeOf(v1::SshKeyType type);

// A time of a request. Times outside the range of google.protobuf.Timestamp become the
// infinite past or future.
absl::Time TimeOf(const google::protobuf::Timestamp& timestamp);

}  // namespace gitsync

#endif  // GITSYNC_SERVER_RPC_CONVERT_H_
