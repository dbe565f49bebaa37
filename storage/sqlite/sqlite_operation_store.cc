#include "storage/sqlite/sqlite_operation_store.h"

#include <limits>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"
#include "storage/sqlite/query.h"
#include "storage/sqlite/string_list.h"

namespace gitsync {
namespace {

// The partial indexes, and so the statements that use them, contain these as literals.
static_assert(static_cast<int>(OperationType::kPush) == 1);
static_assert(static_cast<int>(OperationState::kRunning) == 1);
static_assert(static_cast<int>(OperationState::kSucceeded) == 2);

constexpr char kSelect[] =
    "SELECT sequence, id, organization_id, app_id, version_id, type, state, phase, "
    "actor, ref, commit_id, changed, environment, files, files_were_merged, "
    "error_code, error_reason, error_message, create_time, end_time, "
    "push_commit_message, push_author_name, push_author_email, push_force, "
    "push_definition_hash, push_folder, push_base_commit_id, push_commit_id, "
    "push_tree_id, push_mirror_id, push_earlier_commit_ids FROM operations ";

OperationRow Read(Row& row) {
  OperationRow result;
  row.Skip(1);
  result.id = row.Text();
  result.organization_id = row.Text();
  result.app_id = row.Text();
  result.version_id = row.Text();
  result.type = row.As<OperationType>();
  result.state = row.As<OperationState>();
  result.phase = row.As<OperationPhase>();
  result.actor = row.Text();
  result.ref = row.Text();
  result.commit_id = row.Text();
  result.changed = row.Bool();
  result.environment = row.Text();
  result.files = DecodeStringList(row.Text());
  result.files_were_merged = row.Bool();
  result.error_code = static_cast<int>(row.Int());
  result.error_reason = row.Text();
  result.error_message = row.Text();
  result.create_time = row.Time();
  result.end_time = row.OptionalTime();
  if (!row.IsNull()) {
    PushIntent& push = result.push.emplace();
    push.commit_message = row.Text();
    push.author_name = row.Text();
    push.author_email = row.Text();
    push.force = row.Bool();
    push.definition_hash = row.Text();
    push.folder = row.Text();
    push.base_commit_id = row.Text();
    push.commit_id = row.Text();
    push.tree_id = row.Text();
    push.mirror_id = row.Text();
    push.earlier_commit_ids = absl::StrSplit(row.Text(), ' ', absl::SkipEmpty());
  }
  return result;
}

// The columns of a push intent: all NULL when there is none.
struct PushColumns {
  explicit PushColumns(const std::optional<PushIntent>& push) {
    if (!push.has_value()) return;
    commit_message = push->commit_message;
    author_name = push->author_name;
    author_email = push->author_email;
    force = push->force;
    definition_hash = push->definition_hash;
    folder = push->folder;
    base_commit_id = push->base_commit_id;
    commit_id = push->commit_id;
    tree_id = push->tree_id;
    mirror_id = push->mirror_id;
    if (!push->earlier_commit_ids.empty()) {
      earlier_commit_ids = absl::StrJoin(push->earlier_commit_ids, " ");
    }
  }

  std::optional<std::string> commit_message, author_name, author_email;
  std::optional<bool> force;
  std::optional<std::string> definition_hash, folder, base_commit_id, commit_id;
  std::optional<std::string> tree_id, mirror_id, earlier_commit_ids;
};

}  // namespace

absl::StatusOr<OperationRow> SqliteOperationStore::Get(absl::string_view id) const {
  return QueryOne(connection_, Read, absl::StrCat(kSelect, "WHERE id = ?"), id);
}

absl::StatusOr<Page<OperationRow>> SqliteOperationStore::List(
    absl::string_view organization_id, absl::string_view app_id,
    PageRequest page) const {
  const int64_t below =
      page.after == 0 ? std::numeric_limits<int64_t>::max() : page.after;
  if (app_id.empty()) {
    return QueryPage(connection_, page.limit, Read,
                     absl::StrCat(kSelect,
                                  "WHERE organization_id = ? AND sequence < ? "
                                  "ORDER BY sequence DESC LIMIT ?"),
                     organization_id, below);
  }
  return QueryPage(connection_, page.limit, Read,
                   absl::StrCat(kSelect,
                                "WHERE organization_id = ? AND app_id = ? AND "
                                "sequence < ? ORDER BY sequence DESC LIMIT ?"),
                   organization_id, app_id, below);
}

absl::StatusOr<std::vector<OperationRow>> SqliteOperationStore::ListRunning(
    absl::string_view app_id) const {
  if (app_id.empty()) {
    return QueryAll(connection_, Read,
                    absl::StrCat(kSelect, "WHERE state = 1 ORDER BY sequence"));
  }
  return QueryAll(
      connection_, Read,
      absl::StrCat(kSelect, "WHERE state = 1 AND app_id = ? ORDER BY sequence"),
      app_id);
}

absl::StatusOr<OperationRow> SqliteOperationStore::GetLastPush(
    absl::string_view app_id, absl::string_view ref) const {
  return QueryOne(connection_, Read,
                  absl::StrCat(kSelect,
                               "WHERE type = 1 AND state = 2 AND app_id = ? AND "
                               "ref = ? ORDER BY sequence DESC LIMIT 1"),
                  app_id, ref);
}

absl::Status SqliteOperationStore::Insert(const OperationRow& row) {
  const PushColumns push(row.push);
  return Execute(
             connection_,
             "INSERT INTO operations (id, organization_id, app_id, version_id, type, "
             "state, phase, actor, ref, commit_id, changed, environment, files, "
             "files_were_merged, error_code, error_reason, error_message, create_time, "
             "end_time, push_commit_message, push_author_name, push_author_email, "
             "push_force, push_definition_hash, push_folder, push_base_commit_id, "
             "push_commit_id, push_tree_id, push_mirror_id, push_earlier_commit_ids) "
             "VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, "
             "?, ?, ?, ?, ?, ?, ?, ?, ?)",
             row.id, row.organization_id, row.app_id, row.version_id,
             static_cast<int>(row.type), static_cast<int>(row.state),
             static_cast<int>(row.phase), row.actor, row.ref, row.commit_id,
             row.changed, row.environment, Blob{EncodeStringList(row.files)},
             row.files_were_merged, row.error_code, row.error_reason, row.error_message,
             row.create_time, row.end_time, push.commit_message, push.author_name,
             push.author_email, push.force, push.definition_hash, push.folder,
             push.base_commit_id, push.commit_id, push.tree_id, push.mirror_id,
             push.earlier_commit_ids)
      .status();
}

absl::Status SqliteOperationStore::Update(const OperationRow& row) {
  const PushColumns push(row.push);
  return ExecuteOne(
      connection_,
      "UPDATE operations SET app_id = ?, version_id = ?, type = ?, state = ?, "
      "phase = ?, actor = ?, ref = ?, commit_id = ?, changed = ?, environment = ?, "
      "files = ?, files_were_merged = ?, error_code = ?, error_reason = ?, "
      "error_message = ?, end_time = ?, push_commit_message = ?, "
      "push_author_name = ?, push_author_email = ?, push_force = ?, "
      "push_definition_hash = ?, push_folder = ?, push_base_commit_id = ?, "
      "push_commit_id = ?, push_tree_id = ?, push_mirror_id = ?, "
      "push_earlier_commit_ids = ? WHERE id = ?",
      row.app_id, row.version_id, static_cast<int>(row.type),
      static_cast<int>(row.state), static_cast<int>(row.phase), row.actor, row.ref,
      row.commit_id, row.changed, row.environment, Blob{EncodeStringList(row.files)},
      row.files_were_merged, row.error_code, row.error_reason, row.error_message,
      row.end_time, push.commit_message, push.author_name, push.author_email,
      push.force, push.definition_hash, push.folder, push.base_commit_id,
      push.commit_id, push.tree_id, push.mirror_id, push.earlier_commit_ids, row.id);
}

}  // namespace gitsync
