#include "server/rpc/convert.h"

#include <algorithm>
#include <string>
#include <utility>

#include "server/resource/git_configs.h"

namespace gitsync {
namespace {

// 0001-01-01 and 9999-12-31, the range of google.protobuf.Timestamp.
constexpr int64_t kMinSeconds = -62135596800;
constexpr int64_t kMaxSeconds = 253402300799;

// Truncated to microseconds, as the store keeps times, so that an answer and a later
// read agree. Commits may have any date: a time that the type can't hold becomes its
// first or last second.
void SetTime(absl::Time time, google::protobuf::Timestamp* timestamp) {
  time = std::clamp(time, absl::FromUnixSeconds(kMinSeconds),
                    absl::FromUnixSeconds(kMaxSeconds));
  const int64_t seconds = absl::ToUnixSeconds(time);
  const int64_t micros =
      absl::ToInt64Microseconds(time - absl::FromUnixSeconds(seconds));
  timestamp->set_seconds(seconds);
  timestamp->set_nanos(static_cast<int32_t>(micros * 1000));
}

std::string FingerprintOf(const std::string& key) {
  return key.empty() ? "" : SshFingerprint(key).value_or("");
}

void SetCredential(const GitConfigRow& row, v1::GitConfig& config) {
  switch (row.kind) {
    case CredentialKind::kSsh: {
      v1::SshCredential& ssh = *config.mutable_ssh();
      ssh.set_key_type(SshKeyTypeOf(row) == SshKeyType::kRsa4096
                           ? v1::SSH_KEY_TYPE_RSA
                           : v1::SSH_KEY_TYPE_ED25519);
      ssh.set_public_key(row.public_key);
      ssh.set_public_key_fingerprint(FingerprintOf(row.public_key));
      ssh.set_host_key_fingerprint(FingerprintOf(row.host_key));
      return;
    }
    case CredentialKind::kGitHubApp: {
      v1::GitHubAppCredential& app = *config.mutable_github_app();
      app.set_github_app_id(row.github_app_id);
      app.set_github_app_installation_id(row.github_app_installation_id);
      app.set_github_enterprise_api_url(row.github_enterprise_api_url);
      app.set_private_key_fingerprint(row.app_key_fingerprint);
      app.set_ca_certificate(row.ca_certificate);
      return;
    }
    case CredentialKind::kHttpsToken:
      config.mutable_https_token()->set_username(row.username);
      config.mutable_https_token()->set_ca_certificate(row.ca_certificate);
      return;
  }
}

}  // namespace

v1::Organization ToProto(const OrganizationRow& row) {
  v1::Organization organization;
  organization.set_id(row.id);
  organization.set_name(row.name);
  for (const std::string& name : row.environments) organization.add_environments(name);
  organization.set_etag(row.etag);
  SetTime(row.create_time, organization.mutable_create_time());
  SetTime(row.update_time, organization.mutable_update_time());
  return organization;
}

v1::AccessToken ToProto(const AccessTokenRow& row) {
  v1::AccessToken token;
  token.set_id(row.id);
  token.set_name(row.name);
  // The values of Role equal the proto's.
  token.set_role(static_cast<v1::Role>(row.role));
  token.set_organization_id(row.organization_id);
  SetTime(row.create_time, token.mutable_create_time());
  if (row.expire_time) SetTime(*row.expire_time, token.mutable_expire_time());
  if (row.revoke_time) SetTime(*row.revoke_time, token.mutable_revoke_time());
  return token;
}

v1::App ToProto(const AppView& view) {
  const AppRow& row = view.row;
  v1::App app;
  app.set_id(row.id);
  app.set_organization_id(row.organization_id);
  app.set_name(row.name);
  app.set_slug(row.slug);
  app.set_editable(row.editable);
  app.set_git_app_id(row.git_app_id);
  if (row.git_state) {
    v1::GitState& state = *app.mutable_git_state();
    state.set_folder(row.git_state->folder);
    state.set_ref(row.git_state->ref);
    state.set_commit_id(row.git_state->commit_id);
    state.set_version_id(row.git_state->version_id);
    SetTime(row.git_state->sync_time, state.mutable_sync_time());
  }
  for (const ReleaseRow& release : view.releases) {
    v1::ReleaseSummary& summary = *app.add_releases();
    summary.set_environment(release.environment);
    summary.set_version_id(release.version_id);
    SetTime(release.release_time, summary.mutable_release_time());
  }
  app.set_etag(row.etag);
  SetTime(row.create_time, app.mutable_create_time());
  SetTime(row.update_time, app.mutable_update_time());
  app.set_first_version_id(view.first_version_id);
  return app;
}

v1::Version ToProto(const VersionRow& row) {
  v1::Version version;
  version.set_id(row.id);
  version.set_app_id(row.app_id);
  version.set_name(row.name);
  version.set_etag(row.etag);
  version.set_environment(row.environment);
  version.set_commit_id(row.synced_commit_id);
  version.set_has_unpushed_changes(HasUnpushedChanges(row));
  version.set_definition_size_bytes(row.definition_size_bytes);
  SetTime(row.create_time, version.mutable_create_time());
  SetTime(row.update_time, version.mutable_update_time());
  return version;
}

v1::Version ToProto(VersionView&& view) {
  v1::Version version = ToProto(view.row);
  version.set_definition(std::move(view.definition));
  return version;
}

v1::Release ToProto(ReleaseView&& view) {
  v1::Release release;
  release.set_app_id(view.row.app_id);
  release.set_environment(view.row.environment);
  *release.mutable_version() = ToProto(view.version);
  release.mutable_version()->set_definition(std::move(view.definition));
  SetTime(view.row.release_time, release.mutable_release_time());
  release.set_operation_id(view.row.operation_id);
  return release;
}

v1::GitConfig ToProto(const GitConfigRow& row) {
  v1::GitConfig config;
  config.set_organization_id(row.organization_id);
  config.set_git_url(row.git_url);
  config.set_branch_name(row.branch);
  config.set_path_prefix(row.path_prefix);
  config.set_state(row.finalize_time ? v1::GIT_CONFIG_STATE_READY
                                     : v1::GIT_CONFIG_STATE_PENDING);
  SetCredential(row, config);
  config.set_can_write(row.can_write);
  config.set_last_error(row.last_error);
  if (row.finalize_time) SetTime(*row.finalize_time, config.mutable_finalize_time());
  config.set_managed(row.managed);
  config.set_etag(row.etag);
  SetTime(row.create_time, config.mutable_create_time());
  SetTime(row.update_time, config.mutable_update_time());
  return config;
}

v1::RemotePause ToProto(const Circuits::Pause& pause) {
  v1::RemotePause proto;
  proto.set_reason(pause.reason);
  proto.set_failures(pause.failures);
  SetTime(pause.next_try, proto.mutable_next_try_time());
  return proto;
}

v1::Operation ToProto(const OperationRow& row) {
  v1::Operation operation;
  operation.set_id(row.id);
  operation.set_organization_id(row.organization_id);
  operation.set_app_id(row.app_id);
  operation.set_version_id(row.version_id);
  // The values of these enums equal the proto's.
  operation.set_type(static_cast<v1::OperationType>(row.type));
  operation.set_state(static_cast<v1::OperationState>(row.state));
  operation.set_phase(static_cast<v1::OperationPhase>(row.phase));
  operation.set_actor(row.actor);
  operation.set_ref(row.ref);
  operation.set_commit_id(row.commit_id);
  operation.set_changed(row.changed);
  operation.set_error_code(row.error_code);
  operation.set_error_reason(row.error_reason);
  operation.set_error_message(row.error_message);
  operation.set_environment(row.environment);
  SetTime(row.create_time, operation.mutable_create_time());
  if (row.end_time) SetTime(*row.end_time, operation.mutable_end_time());
  return operation;
}

v1::GitCommit ToProto(const CommitInfo& commit) {
  v1::GitCommit proto;
  proto.set_id(commit.id);
  proto.set_message(commit.message);
  proto.set_message_truncated(commit.message_truncated);
  proto.mutable_author()->set_name(commit.author.name);
  proto.mutable_author()->set_email(commit.author.email);
  SetTime(commit.author_time, proto.mutable_author_time());
  return proto;
}

v1::GitApp ToProto(const GitAppEntry& entry) {
  v1::GitApp app;
  app.set_git_app_id(entry.git_app_id);
  app.set_name(entry.name);
  app.set_folder(entry.folder);
  app.set_version_name(entry.version_name);
  if (!entry.last_commit.id.empty())
    *app.mutable_last_commit() = ToProto(entry.last_commit);
  app.set_error(entry.error);
  app.set_warning(entry.warning);
  return app;
}

v1::ConnectionStep ToProto(const ConnectionStepResult& step) {
  v1::ConnectionStep proto;
  proto.set_name(step.name);
  // The values of Outcome equal the proto's.
  proto.set_outcome(static_cast<v1::ConnectionStep::Outcome>(step.outcome));
  proto.set_detail(step.detail);
  proto.set_fix(step.fix);
  return proto;
}

v1::FinalizeGitConfigResponse ToProto(const FinalizeResult& result) {
  v1::FinalizeGitConfigResponse response;
  *response.mutable_git_config() = ToProto(result.config);
  response.set_host_key_fingerprint(result.host_key_fingerprint);
  response.set_branch_exists(result.branch_exists);
  response.set_repository_empty(result.repository_empty);
  response.set_can_write(result.can_write);
  response.mutable_branches()->Assign(result.branches.names.begin(),
                                      result.branches.names.end());
  response.set_default_branch(result.branches.default_name);
  return response;
}

std::optional<Role> RoleOf(v1::Role role) {
  if (!v1::Role_IsValid(role) || role == v1::ROLE_UNSPECIFIED) return std::nullopt;
  return static_cast<Role>(role);
}

std::optional<SshKeyType> KeyTypeOf(v1::SshKeyType type) {
  if (type == v1::SSH_KEY_TYPE_RSA) return SshKeyType::kRsa4096;
  if (type == v1::SSH_KEY_TYPE_ED25519) return SshKeyType::kEd25519;
  return std::nullopt;
}

absl::Time TimeOf(const google::protobuf::Timestamp& timestamp) {
  if (timestamp.seconds() < kMinSeconds) return absl::InfinitePast();
  if (timestamp.seconds() > kMaxSeconds) return absl::InfiniteFuture();
  return absl::FromUnixSeconds(timestamp.seconds()) +
         absl::Nanoseconds(timestamp.nanos());
}

}  // namespace gitsync
