// Rows with a distinct value in every field, and their fields for comparing.

#ifndef GITSYNC_TESTS_UNIT_STORAGE_TEST_ROWS_H_
#define GITSYNC_TESTS_UNIT_STORAGE_TEST_ROWS_H_

#include <optional>
#include <string>
#include <tuple>

#include "absl/time/time.h"
#include "storage/store.h"

namespace gitsync {

inline absl::Time At(int64_t micros) {
  return absl::FromUnixMicros(1'700'000'000'000'000 + micros);
}

inline OrganizationRow MakeOrganization(const std::string& id) {
  OrganizationRow row;
  row.id = id;
  row.name = "Name of " + id;
  row.environments = {"development", "", "a:b\n", "production"};
  row.etag = "etag-" + id;
  row.create_time = At(1);
  row.update_time = At(2);
  return row;
}

inline GitSyncState MakeGitState() {
  return {.folder = "prefix/apps/orders",
          .ref = "main",
          .commit_id = "c1",
          .tree_id = "t1",
          .version_id = "v1",
          .sync_time = At(3),
          .name = "Name in git",
          .slug = "slug-in-git",
          .name_is_local = true};
}

inline AppRow MakeApp(const std::string& id, const std::string& organization_id) {
  AppRow row;
  row.id = id;
  row.organization_id = organization_id;
  row.name = "Name of " + id;
  row.slug = "slug-" + id;
  row.editable = false;
  row.git_app_id = "git-" + id;
  row.git_state = MakeGitState();
  row.etag = "etag-" + id;
  row.create_time = At(4);
  row.update_time = At(5);
  return row;
}

inline VersionRow MakeVersion(const std::string& id, const std::string& app_id,
                              const std::string& definition_hash) {
  VersionRow row;
  row.id = id;
  row.app_id = app_id;
  row.name = "Name of " + id;
  row.definition_hash = definition_hash;
  row.environment = "development";
  row.synced_commit_id = "c-" + id;
  row.synced_definition_hash = "h-" + id;
  row.etag = "etag-" + id;
  row.create_time = At(6);
  row.update_time = At(7);
  return row;
}

inline ReleaseRow MakeRelease(const std::string& app_id, const std::string& environment,
                              const std::string& version_id,
                              const std::string& definition_hash) {
  return {.app_id = app_id,
          .environment = environment,
          .version_id = version_id,
          .definition_hash = definition_hash,
          .operation_id = "operation",
          .release_time = At(8)};
}

inline GitConfigRow MakeGitConfig(const std::string& organization_id) {
  GitConfigRow row;
  row.organization_id = organization_id;
  row.mirror_id = "mirror";
  row.git_url = "git@example.com:o/r.git";
  row.branch = "main";
  row.path_prefix = "prefix";
  row.kind = CredentialKind::kGitHubApp;
  row.sealed_secret = std::string("sealed\0secret", 13);
  row.key_type = "ED25519";
  row.public_key = "ssh-ed25519 AAAA";
  row.host_key = "ssh-ed25519 BBBB";
  row.github_app_id = "12";
  row.github_app_installation_id = "34";
  row.github_enterprise_api_url = "https://github.example.com";
  row.app_key_fingerprint = "fingerprint";
  row.username = "user";
  row.ca_certificate = "certificate";
  row.finalize_time = At(9);
  row.can_write = true;
  row.last_error = "error";
  row.managed = true;
  row.etag = "etag";
  row.create_time = At(10);
  row.update_time = At(11);
  row.proved_etag = "proved";
  return row;
}

inline AccessTokenRow MakeToken(const std::string& id, Role role,
                                const std::string& organization_id) {
  AccessTokenRow row;
  row.id = id;
  row.hash = std::string("\0\xff", 2) + id;
  row.name = "Name of " + id;
  row.role = role;
  row.organization_id = organization_id;
  row.create_time = At(12);
  return row;
}

inline OperationRow MakeOperation(const std::string& id,
                                  const std::string& organization_id,
                                  const std::string& app_id) {
  OperationRow row;
  row.id = id;
  row.organization_id = organization_id;
  row.app_id = app_id;
  row.version_id = "version";
  row.type = OperationType::kPush;
  row.state = OperationState::kRunning;
  row.phase = OperationPhase::kCommitting;
  row.actor = "actor";
  row.ref = "main";
  row.commit_id = "commit";
  row.changed = true;
  row.environment = "production";
  row.files = {"a/b.json", "c:d"};
  row.files_were_merged = true;
  row.push = PushIntent{.commit_message = "message",
                        .author_name = "Author",
                        .author_email = "a@example.com",
                        .force = true,
                        .definition_hash = "hash",
                        .mirror_id = "mirror",
                        .folder = "prefix/apps/orders",
                        .base_commit_id = "base",
                        .commit_id = "intended",
                        .tree_id = "tree",
                        .earlier_commit_ids = {"sent", "again"}};
  row.error_code = 9;
  row.error_reason = "REASON";
  row.error_message = "words";
  row.create_time = At(13);
  row.end_time = At(14);
  return row;
}

inline RequestRow MakeRequest(const std::string& key, const std::string& operation_id) {
  return {.key = key,
          // A hash: bytes that are no text.
          .fingerprint = std::string("finger\xff\x00print", 13),
          .operation_id = operation_id,
          .response = std::string("\x00\x01", 2),
          .create_time = At(15)};
}

inline auto Fields(const OrganizationRow& r) {
  return std::make_tuple(r.id, r.name, r.environments, r.etag, r.create_time,
                         r.update_time);
}
inline auto Fields(const GitSyncState& r) {
  return std::make_tuple(r.folder, r.ref, r.commit_id, r.tree_id, r.version_id,
                         r.sync_time, r.name, r.slug, r.name_is_local);
}
inline auto Fields(const PushIntent& r) {
  return std::make_tuple(r.commit_message, r.author_name, r.author_email, r.force,
                         r.definition_hash, r.folder, r.base_commit_id, r.commit_id,
                         r.tree_id, r.mirror_id, r.earlier_commit_ids);
}
template <typename T>
auto Fields(const std::optional<T>& r) {
  return r.has_value() ? std::make_optional(Fields(*r)) : std::nullopt;
}
inline auto Fields(const AppRow& r) {
  return std::make_tuple(r.id, r.organization_id, r.name, r.slug, r.editable,
                         r.git_app_id, Fields(r.git_state), r.etag, r.create_time,
                         r.update_time);
}
inline auto Fields(const VersionRow& r) {
  return std::make_tuple(r.id, r.app_id, r.name, r.definition_hash,
                         r.definition_size_bytes, r.environment, r.synced_commit_id,
                         r.synced_definition_hash, r.etag, r.create_time,
                         r.update_time);
}
inline auto Fields(const ReleaseRow& r) {
  return std::make_tuple(r.app_id, r.environment, r.version_id, r.definition_hash,
                         r.operation_id, r.release_time);
}
inline auto Fields(const GitConfigRow& r) {
  return std::make_tuple(
      r.organization_id, r.mirror_id, r.git_url, r.branch, r.path_prefix, r.kind,
      r.sealed_secret, r.key_type, r.public_key, r.host_key, r.github_app_id,
      r.github_app_installation_id, r.github_enterprise_api_url, r.app_key_fingerprint,
      r.username, r.ca_certificate, r.finalize_time, r.can_write, r.last_error,
      r.managed, r.etag, r.create_time, r.update_time, r.proved_etag);
}
inline auto Fields(const AccessTokenRow& r) {
  return std::make_tuple(r.id, r.hash, r.name, r.role, r.organization_id, r.create_time,
                         r.expire_time, r.revoke_time);
}
inline auto Fields(const OperationRow& r) {
  return std::make_tuple(r.id, r.organization_id, r.app_id, r.version_id, r.type,
                         r.state, r.phase, r.actor, r.ref, r.commit_id, r.changed,
                         r.environment, r.files, r.files_were_merged, Fields(r.push),
                         r.error_code, r.error_reason, r.error_message, r.create_time,
                         r.end_time);
}
inline auto Fields(const RequestRow& r) {
  return std::make_tuple(r.key, r.fingerprint, r.operation_id, r.response,
                         r.create_time);
}

}  // namespace gitsync

#endif  // GITSYNC_TESTS_UNIT_STORAGE_TEST_ROWS_H_
