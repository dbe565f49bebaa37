#include "server/resource/versions.h"

#include <algorithm>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "server/base/error.h"
#include "server/base/reason.h"
#include "server/base/status_macros.h"
#include "server/base/uuid.h"
#include "server/format/definition.h"
#include "server/resource/access.h"
#include "server/resource/validation.h"

namespace gitsync {
namespace {

absl::Status IdOrNameTaken(const VersionRow& row) {
  return Error(absl::StatusCode::kAlreadyExists, reason::kVersionNameTaken,
               absl::StrCat("A version with this id, or with the name \"", row.name,
                            "\" in this app, exists already."))
      .With("app_id", row.app_id)
      .With("version_id", row.id)
      .With("name", row.name);
}

// The app, if this caller may change its versions.
absl::StatusOr<AppRow> FindEditableApp(const Transaction& tx, const Caller& caller,
                                       absl::string_view id) {
  ASSIGN_OR_RETURN(AppRow app, FindApp(tx, caller, NormalizeUuid(id), Role::kEditor));
  if (app.editable) return app;
  return Error(absl::StatusCode::kFailedPrecondition, reason::kAppNotEditable,
               "The app was created from git and its versions come from there: pull "
               "to update it, or allow edits with UpdateApp and editable = true.")
      .With("app_id", app.id);
}

// An organization's environments may change. A version that was promoted has a release
// in its environment, which then can't be removed; so a version whose environment is
// gone was never promoted.
void TidyEnvironment(const OrganizationRow& organization, VersionRow& row) {
  const std::vector<std::string>& known = organization.environments;
  if (std::find(known.begin(), known.end(), row.environment) == known.end()) {
    row.environment = known.front();
  }
}

absl::Status CheckNotLive(const Transaction& tx, const VersionRow& row) {
  ASSIGN_OR_RETURN(const std::vector<ReleaseRow> releases,
                   tx.releases().List(row.app_id));
  for (const ReleaseRow& release : releases) {
    if (release.version_id != row.id) continue;
    return Error(absl::StatusCode::kFailedPrecondition, reason::kVersionIsLive,
                 absl::StrCat("The version is live in the environment \"",
                              release.environment,
                              "\"; promote another version to it first."))
        .With("version_id", row.id)
        .With("environment", release.environment);
  }
  return absl::OkStatus();
}

absl::Status CheckNotInUse(const Transaction& tx, const VersionRow& row) {
  ASSIGN_OR_RETURN(const std::vector<OperationRow> running,
                   tx.operations().ListRunning(row.app_id));
  for (const OperationRow& operation : running) {
    // An operation that does not know its version yet may still choose this one.
    if (!operation.version_id.empty() && operation.version_id != row.id) continue;
    return Error(absl::StatusCode::kFailedPrecondition, reason::kOperationInProgress,
                 "An operation on the version is still running; wait for it or cancel "
                 "it, then repeat this.")
        .With("operation_id", operation.id);
  }
  return absl::OkStatus();
}

}  // namespace

absl::Status CheckCreateVersion(const CreateVersionInput& input) {
  Violations violations;
  violations.RequireUuid("app_id", input.app_id);
  violations.OptionalUuid("version_id", input.id);
  violations.RequireName("name", input.name);
  violations.Add("definition", CheckDefinition(input.definition));
  return violations.ToStatus();
}

absl::Status CheckUpdateVersion(const UpdateVersionInput& input) {
  Violations violations;
  violations.RequireUuid("app_id", input.app_id);
  violations.RequireUuid("version_id", input.id);
  if (input.name) violations.RequireName("name", *input.name);
  if (input.definition) {
    violations.Add("definition", CheckDefinition(*input.definition));
  }
  return violations.ToStatus();
}

bool HasUnpushedChanges(const VersionRow& row) {
  return row.definition_hash != row.synced_definition_hash;
}

absl::StatusOr<VersionRow> CreateVersion(Transaction& tx, const Caller& caller,
                                         const CreateVersionInput& input,
                                         absl::Time now) {
  ASSIGN_OR_RETURN(const AppRow app, FindEditableApp(tx, caller, input.app_id));
  return AddVersion(tx, app, {input.id, input.name, input.definition}, now);
}

absl::StatusOr<VersionRow> AddVersion(Transaction& tx, const AppRow& app,
                                      const NewVersion& version, absl::Time now) {
  ASSIGN_OR_RETURN(const OrganizationRow organization,
                   tx.organizations().Get(app.organization_id));
  VersionRow row;
  row.id = version.id.empty() ? NewUuid() : NormalizeUuid(version.id);
  row.app_id = app.id;
  row.name = TidyName(version.name);
  ASSIGN_OR_RETURN(row.definition_hash,
                   tx.versions().PutDefinition(version.definition));
  row.definition_size_bytes = static_cast<int64_t>(version.definition.size());
  row.environment = organization.environments.front();
  row.etag = NewEtag();
  row.create_time = now;
  row.update_time = now;
  RETURN_IF_ERROR(WithReason(tx.versions().Insert(row),
                             absl::StatusCode::kAlreadyExists, IdOrNameTaken(row)));
  return row;
}

absl::StatusOr<VersionView> GetVersion(const Transaction& tx, const Caller& caller,
                                       absl::string_view app_id, absl::string_view id) {
  ASSIGN_OR_RETURN(const AppRow app,
                   FindApp(tx, caller, NormalizeUuid(app_id), Role::kViewer));
  VersionView view;
  ASSIGN_OR_RETURN(view.row, FindVersion(tx, app, NormalizeUuid(id)));
  ASSIGN_OR_RETURN(const OrganizationRow organization,
                   tx.organizations().Get(app.organization_id));
  TidyEnvironment(organization, view.row);
  ASSIGN_OR_RETURN(view.definition,
                   tx.versions().GetDefinition(view.row.definition_hash));
  return view;
}

absl::StatusOr<Page<VersionRow>> ListVersions(const Transaction& tx,
                                              const Caller& caller,
                                              absl::string_view app_id,
                                              PageRequest page) {
  ASSIGN_OR_RETURN(const AppRow app,
                   FindApp(tx, caller, NormalizeUuid(app_id), Role::kViewer));
  ASSIGN_OR_RETURN(const OrganizationRow organization,
                   tx.organizations().Get(app.organization_id));
  ASSIGN_OR_RETURN(Page<VersionRow> rows, tx.versions().List(app.id, page));
  for (VersionRow& row : rows.rows) TidyEnvironment(organization, row);
  return rows;
}

absl::StatusOr<VersionRow> UpdateVersion(Transaction& tx, const Caller& caller,
                                         const UpdateVersionInput& input,
                                         absl::Time now) {
  ASSIGN_OR_RETURN(const AppRow app, FindEditableApp(tx, caller, input.app_id));
  ASSIGN_OR_RETURN(VersionRow row, FindVersion(tx, app, NormalizeUuid(input.id)));
  ASSIGN_OR_RETURN(const OrganizationRow organization,
                   tx.organizations().Get(app.organization_id));
  RETURN_IF_ERROR(CheckEtag(input.etag, row.etag));
  TidyEnvironment(organization, row);
  bool changed = false;
  if (input.name && TidyName(*input.name) != row.name) {
    row.name = TidyName(*input.name);
    changed = true;
  }
  if (input.definition) {
    ASSIGN_OR_RETURN(std::string hash, tx.versions().PutDefinition(*input.definition));
    if (hash != row.definition_hash) {
      row.definition_hash = std::move(hash);
      row.definition_size_bytes = static_cast<int64_t>(input.definition->size());
      changed = true;
    }
  }
  if (!changed) return row;
  row.etag = NewEtag();
  row.update_time = now;
  RETURN_IF_ERROR(WithReason(tx.versions().Update(row),
                             absl::StatusCode::kAlreadyExists, IdOrNameTaken(row)));
  return row;
}

absl::Status DeleteVersion(Transaction& tx, const Caller& caller,
                           absl::string_view app_id, absl::string_view id,
                           absl::string_view etag) {
  ASSIGN_OR_RETURN(const AppRow app, FindEditableApp(tx, caller, app_id));
  ASSIGN_OR_RETURN(const VersionRow row, FindVersion(tx, app, NormalizeUuid(id)));
  RETURN_IF_ERROR(CheckEtag(etag, row.etag));
  RETURN_IF_ERROR(CheckNotLive(tx, row));
  RETURN_IF_ERROR(CheckNotInUse(tx, row));
  return tx.versions().Delete(row.id);
}

}  // namespace gitsync
