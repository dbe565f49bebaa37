#include "storage/sqlite/sqlite_app_store.h"

#include "absl/strings/str_cat.h"
#include "server/base/unicode.h"
#include "storage/sqlite/query.h"

namespace gitsync {
namespace {

constexpr char kSelect[] =
    "SELECT sequence, id, organization_id, name, slug, editable, git_app_id, etag, "
    "create_time, update_time, git_folder, git_ref, git_commit_id, git_tree_id, "
    "git_version_id, git_sync_time, git_name, git_slug, git_name_is_local FROM apps ";

AppRow Read(Row& row) {
  AppRow result;
  row.Skip(1);
  result.id = row.Text();
  result.organization_id = row.Text();
  result.name = row.Text();
  result.slug = row.Text();
  result.editable = row.Bool();
  result.git_app_id = row.Text();
  result.etag = row.Text();
  result.create_time = row.Time();
  result.update_time = row.Time();
  if (!row.IsNull()) {
    GitSyncState& state = result.git_state.emplace();
    state.folder = row.Text();
    state.ref = row.Text();
    state.commit_id = row.Text();
    state.tree_id = row.Text();
    state.version_id = row.Text();
    state.sync_time = row.Time();
    state.name = row.Text();
    state.slug = row.Text();
    state.name_is_local = row.Bool();
  }
  return result;
}

// The columns of a git state: all NULL when there is none.
struct GitStateColumns {
  explicit GitStateColumns(const std::optional<GitSyncState>& state) {
    if (!state.has_value()) return;
    folder = state->folder;
    ref = state->ref;
    commit_id = state->commit_id;
    tree_id = state->tree_id;
    version_id = state->version_id;
    sync_time = state->sync_time;
    name = state->name;
    slug = state->slug;
    name_is_local = state->name_is_local;
  }

  std::optional<std::string> folder, ref, commit_id, tree_id, version_id, name, slug;
  std::optional<absl::Time> sync_time;
  std::optional<bool> name_is_local;
};

}  // namespace

absl::StatusOr<AppRow> SqliteAppStore::Get(absl::string_view id) const {
  return QueryOne(connection_, Read, absl::StrCat(kSelect, "WHERE id = ?"), id);
}

absl::StatusOr<AppRow> SqliteAppStore::GetByGitAppId(
    absl::string_view organization_id, absl::string_view git_app_id) const {
  return QueryOne(connection_, Read,
                  absl::StrCat(kSelect, "WHERE organization_id = ? AND git_app_id = ?"),
                  organization_id, git_app_id);
}

absl::StatusOr<bool> SqliteAppStore::SlugTaken(absl::string_view organization_id,
                                               absl::string_view slug) const {
  return QueryOne(connection_, ReadBool,
                  "SELECT EXISTS (SELECT 1 FROM apps WHERE organization_id = ? AND "
                  "slug = ?)",
                  organization_id, slug);
}

absl::StatusOr<bool> SqliteAppStore::AnySyncedWith(absl::string_view organization_id,
                                                   absl::string_view ref) const {
  return QueryOne(connection_, ReadBool,
                  "SELECT EXISTS (SELECT 1 FROM apps WHERE organization_id = ? AND "
                  "git_ref = ?)",
                  organization_id, ref);
}

absl::StatusOr<bool> SqliteAppStore::NameTaken(absl::string_view organization_id,
                                               absl::string_view name,
                                               absl::string_view except_id) const {
  return QueryOne(connection_, ReadBool,
                  "SELECT EXISTS (SELECT 1 FROM apps WHERE organization_id = ? AND "
                  "name_key = ? AND id <> ?)",
                  organization_id, NameKey(name), except_id);
}

absl::StatusOr<Page<AppRow>> SqliteAppStore::List(absl::string_view organization_id,
                                                  PageRequest page) const {
  return QueryPage(connection_, page.limit, Read,
                   absl::StrCat(kSelect,
                                "WHERE organization_id = ? AND sequence > ? "
                                "ORDER BY sequence LIMIT ?"),
                   organization_id, page.after);
}

absl::Status SqliteAppStore::Insert(const AppRow& row) {
  const GitStateColumns git(row.git_state);
  return Execute(connection_,
                 "INSERT INTO apps (id, organization_id, name, name_key, slug, "
                 "editable, git_app_id, etag, create_time, update_time, git_folder, "
                 "git_ref, git_commit_id, git_tree_id, git_version_id, git_sync_time, "
                 "git_name, git_slug, git_name_is_local) "
                 "VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
                 row.id, row.organization_id, row.name, NameKey(row.name), row.slug,
                 row.editable, row.git_app_id, row.etag, row.create_time,
                 row.update_time, git.folder, git.ref, git.commit_id, git.tree_id,
                 git.version_id, git.sync_time, git.name, git.slug, git.name_is_local)
      .status();
}

absl::Status SqliteAppStore::Update(const AppRow& row) {
  const GitStateColumns git(row.git_state);
  return ExecuteOne(connection_,
                    "UPDATE apps SET name = ?1, "
                    "name_key = CASE name WHEN ?1 THEN name_key ELSE ?2 END, "
                    "slug = ?, editable = ?, "
                    "git_app_id = ?, etag = ?, update_time = ?, git_folder = ?, "
                    "git_ref = ?, git_commit_id = ?, git_tree_id = ?, "
                    "git_version_id = ?, git_sync_time = ?, git_name = ?, "
                    "git_slug = ?, git_name_is_local = ? WHERE id = ?",
                    row.name, NameKey(row.name), row.slug, row.editable, row.git_app_id,
                    row.etag, row.update_time, git.folder, git.ref, git.commit_id,
                    git.tree_id, git.version_id, git.sync_time, git.name, git.slug,
                    git.name_is_local, row.id);
}

absl::Status SqliteAppStore::SetGitState(absl::string_view id,
                                         const std::optional<GitSyncState>& state) {
  const GitStateColumns git(state);
  return ExecuteOne(connection_,
                    "UPDATE apps SET git_folder = ?, git_ref = ?, git_commit_id = ?, "
                    "git_tree_id = ?, git_version_id = ?, git_sync_time = ?, "
                    "git_name = ?, git_slug = ?, git_name_is_local = ? WHERE id = ?",
                    git.folder, git.ref, git.commit_id, git.tree_id, git.version_id,
                    git.sync_time, git.name, git.slug, git.name_is_local, id);
}

absl::Status SqliteAppStore::ClearGitStates(absl::string_view organization_id) {
  RETURN_IF_ERROR(Execute(connection_,
                          "UPDATE apps SET git_folder = NULL, git_ref = NULL, "
                          "git_commit_id = NULL, git_tree_id = NULL, "
                          "git_version_id = NULL, git_sync_time = NULL, "
                          "git_name = NULL, git_slug = NULL, "
                          "git_name_is_local = NULL "
                          "WHERE organization_id = ? AND git_folder IS NOT NULL",
                          organization_id)
                      .status());
  return Execute(connection_,
                 "UPDATE versions SET synced_commit_id = '', "
                 "synced_definition_hash = '' WHERE app_id IN (SELECT id FROM apps "
                 "WHERE organization_id = ?) AND synced_commit_id <> ''",
                 organization_id)
      .status();
}

absl::Status SqliteAppStore::Delete(absl::string_view id) {
  return ExecuteOne(connection_, "DELETE FROM apps WHERE id = ?", id);
}

}  // namespace gitsync
