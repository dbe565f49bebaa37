#include "storage/sqlite/sqlite_git_config_store.h"

#include "absl/strings/str_cat.h"
#include "storage/sqlite/query.h"

namespace gitsync {
namespace {

constexpr char kSelectConfig[] =
    "SELECT organization_id, mirror_id, git_url, branch, path_prefix, kind, "
    "sealed_secret, key_type, public_key, host_key, github_app_id, "
    "github_app_installation_id, github_enterprise_api_url, app_key_fingerprint, "
    "username, ca_certificate, finalize_time, can_write, last_error, managed, etag, "
    "create_time, update_time, proved_etag FROM git_configs ";

GitConfigRow Read(Row& row) {
  GitConfigRow result;
  result.organization_id = row.Text();
  result.mirror_id = row.Text();
  result.git_url = row.Text();
  result.branch = row.Text();
  result.path_prefix = row.Text();
  result.kind = row.As<CredentialKind>();
  result.sealed_secret = row.Text();
  result.key_type = row.Text();
  result.public_key = row.Text();
  result.host_key = row.Text();
  result.github_app_id = row.Text();
  result.github_app_installation_id = row.Text();
  result.github_enterprise_api_url = row.Text();
  result.app_key_fingerprint = row.Text();
  result.username = row.Text();
  result.ca_certificate = row.Text();
  result.finalize_time = row.OptionalTime();
  result.can_write = row.Bool();
  result.last_error = row.Text();
  result.managed = row.Bool();
  result.etag = row.Text();
  result.create_time = row.Time();
  result.update_time = row.Time();
  result.proved_etag = row.Text();
  return result;
}

}  // namespace

absl::StatusOr<GitConfigRow> SqliteGitConfigStore::Get(
    absl::string_view organization_id) const {
  return QueryOne(connection_, Read,
                  absl::StrCat(kSelectConfig, "WHERE organization_id = ?"),
                  organization_id);
}

absl::StatusOr<std::vector<GitConfigRow>> SqliteGitConfigStore::ListManaged() const {
  return QueryAll(connection_, Read,
                  absl::StrCat(kSelectConfig, "WHERE managed = 1 ORDER BY sequence"));
}

absl::StatusOr<std::vector<std::string>> SqliteGitConfigStore::ListSealHeaders(
    size_t bytes) const {
  return QueryAll(
      connection_, +[](Row& row) { return row.Text(); },
      "SELECT substr(sealed_secret, 1, ?) FROM git_configs",
      static_cast<int64_t>(bytes));
}

absl::Status SqliteGitConfigStore::Put(const GitConfigRow& row) {
  return Execute(
             connection_,
             "INSERT INTO git_configs (organization_id, mirror_id, git_url, branch, "
             "path_prefix, kind, sealed_secret, key_type, public_key, host_key, "
             "github_app_id, github_app_installation_id, github_enterprise_api_url, "
             "app_key_fingerprint, username, ca_certificate, finalize_time, can_write, "
             "last_error, managed, etag, create_time, update_time, proved_etag) "
             "VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, "
             "?, ?, ?) "
             "ON CONFLICT (organization_id) DO UPDATE SET "
             "mirror_id = excluded.mirror_id, git_url = excluded.git_url, "
             "branch = excluded.branch, path_prefix = excluded.path_prefix, "
             "kind = excluded.kind, sealed_secret = excluded.sealed_secret, "
             "key_type = excluded.key_type, public_key = excluded.public_key, "
             "host_key = excluded.host_key, github_app_id = excluded.github_app_id, "
             "github_app_installation_id = excluded.github_app_installation_id, "
             "github_enterprise_api_url = excluded.github_enterprise_api_url, "
             "app_key_fingerprint = excluded.app_key_fingerprint, "
             "username = excluded.username, ca_certificate = excluded.ca_certificate, "
             "finalize_time = excluded.finalize_time, can_write = excluded.can_write, "
             "last_error = excluded.last_error, managed = excluded.managed, "
             "etag = excluded.etag, "
             "create_time = excluded.create_time, update_time = excluded.update_time, "
             "proved_etag = excluded.proved_etag",
             row.organization_id, row.mirror_id, row.git_url, row.branch,
             row.path_prefix, static_cast<int>(row.kind), Blob{row.sealed_secret},
             row.key_type, row.public_key, row.host_key, row.github_app_id,
             row.github_app_installation_id, row.github_enterprise_api_url,
             row.app_key_fingerprint, row.username, row.ca_certificate,
             row.finalize_time, row.can_write, row.last_error, row.managed, row.etag,
             row.create_time, row.update_time, row.proved_etag)
      .status();
}

absl::Status SqliteGitConfigStore::Delete(absl::string_view organization_id) {
  return ExecuteOne(connection_, "DELETE FROM git_configs WHERE organization_id = ?",
                    organization_id);
}

}  // namespace gitsync
