#include "server/resource/organizations.h"

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "server/base/error.h"
#include "server/base/reason.h"
#include "server/base/status_macros.h"
#include "server/base/uuid.h"
#include "server/resource/access.h"
#include "server/resource/validation.h"

namespace gitsync {
namespace {

absl::Status IdOrNameTaken(const OrganizationRow& row) {
  return Error(absl::StatusCode::kAlreadyExists, reason::kOrganizationExists,
               absl::StrCat("An organization with this id, or with the name \"",
                            row.name, "\" (letter case aside), exists already."))
      .With("organization_id", row.id)
      .With("name", row.name);
}

absl::Status CheckRemovedEnvironments(const Transaction& tx, const OrganizationRow& row,
                                      const std::vector<std::string>& environments) {
  for (const std::string& old : row.environments) {
    if (std::find(environments.begin(), environments.end(), old) !=
        environments.end()) {
      continue;
    }
    ASSIGN_OR_RETURN(const bool in_use, tx.releases().EnvironmentInUse(row.id, old));
    if (in_use) {
      return Error(absl::StatusCode::kFailedPrecondition, reason::kEnvironmentInUse,
                   absl::StrCat("The environment \"", old,
                                "\" can't be removed: apps have releases in it. Keep "
                                "its name, or delete those apps first."))
          .With("environment", old);
    }
  }
  return absl::OkStatus();
}

}  // namespace

absl::Status CheckCreateOrganization(const CreateOrganizationInput& input) {
  Violations violations;
  violations.OptionalUuid("organization_id", input.id);
  violations.RequireName("name", input.name);
  if (!input.environments.empty()) {
    violations.RequireEnvironments("environments", input.environments);
  }
  return violations.ToStatus();
}

absl::Status CheckUpdateOrganization(const UpdateOrganizationInput& input) {
  Violations violations;
  violations.RequireUuid("organization_id", input.id);
  if (input.name) violations.RequireName("name", *input.name);
  if (input.environments) {
    violations.RequireEnvironments("environments", *input.environments);
  }
  return violations.ToStatus();
}

absl::StatusOr<OrganizationRow> CreateOrganization(Transaction& tx,
                                                   const Caller& caller,
                                                   const CreateOrganizationInput& input,
                                                   absl::Time now) {
  RETURN_IF_ERROR(RequireRole(caller, Role::kAdmin));
  OrganizationRow row;
  row.id = input.id.empty() ? NewUuid() : NormalizeUuid(input.id);
  row.name = TidyName(input.name);
  row.environments = input.environments;
  if (row.environments.empty()) {
    row.environments = {"development", "staging", "production"};
  }
  row.etag = NewEtag();
  row.create_time = now;
  row.update_time = now;
  RETURN_IF_ERROR(WithReason(tx.organizations().Insert(row),
                             absl::StatusCode::kAlreadyExists, IdOrNameTaken(row)));
  return row;
}

absl::StatusOr<OrganizationRow> GetOrganization(const Transaction& tx,
                                                const Caller& caller,
                                                absl::string_view id) {
  return FindOrganization(tx, caller, NormalizeUuid(id), Role::kViewer);
}

absl::StatusOr<Page<OrganizationRow>> ListOrganizations(const Transaction& tx,
                                                        const Caller& caller,
                                                        PageRequest page) {
  if (caller.role == Role::kAdmin) return tx.organizations().List(page);
  Page<OrganizationRow> own;
  if (page.after != 0) return own;
  ASSIGN_OR_RETURN(OrganizationRow row,
                   FindOrganization(tx, caller, caller.organization_id, Role::kViewer));
  own.rows.push_back(std::move(row));
  return own;
}

absl::StatusOr<OrganizationRow> UpdateOrganization(Transaction& tx,
                                                   const Caller& caller,
                                                   const UpdateOrganizationInput& input,
                                                   absl::Time now) {
  ASSIGN_OR_RETURN(
      OrganizationRow row,
      FindOrganization(tx, caller, NormalizeUuid(input.id), Role::kOrgAdmin));
  RETURN_IF_ERROR(CheckEtag(input.etag, row.etag));
  bool changed = false;
  if (input.name && TidyName(*input.name) != row.name) {
    row.name = TidyName(*input.name);
    changed = true;
  }
  if (input.environments && *input.environments != row.environments) {
    RETURN_IF_ERROR(CheckRemovedEnvironments(tx, row, *input.environments));
    row.environments = *input.environments;
    changed = true;
  }
  if (!changed) return row;
  row.etag = NewEtag();
  row.update_time = now;
  RETURN_IF_ERROR(WithReason(tx.organizations().Update(row),
                             absl::StatusCode::kAlreadyExists, IdOrNameTaken(row)));
  return row;
}

absl::StatusOr<std::string> DeleteOrganization(Transaction& tx, const Caller& caller,
                                               absl::string_view id,
                                               absl::string_view etag) {
  ASSIGN_OR_RETURN(const OrganizationRow row,
                   FindOrganization(tx, caller, NormalizeUuid(id), Role::kAdmin));
  RETURN_IF_ERROR(CheckEtag(etag, row.etag));
  const absl::StatusOr<GitConfigRow> config = tx.git_configs().Get(row.id);
  if (!config.ok() && !absl::IsNotFound(config.status())) return config.status();
  RETURN_IF_ERROR(tx.organizations().Delete(row.id));
  return config.ok() ? config->mirror_id : std::string();
}

}  // namespace gitsync
