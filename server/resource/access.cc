#include "server/resource/access.h"

#include "absl/strings/str_cat.h"
#include "server/base/error.h"
#include "server/base/reason.h"
#include "server/base/status_macros.h"
#include "server/base/uuid.h"

namespace gitsync {
namespace {

absl::string_view NameOf(Role role) {
  switch (role) {
    case Role::kViewer:
      return "VIEWER";
    case Role::kEditor:
      return "EDITOR";
    case Role::kOrgAdmin:
      return "ORG_ADMIN";
    case Role::kAdmin:
      return "ADMIN";
  }
  return "ADMIN";
}

absl::Status NotFound(absl::string_view reason, absl::string_view what,
                      absl::string_view key, absl::string_view id) {
  return Error(absl::StatusCode::kNotFound, reason,
               absl::StrCat("There is no ", what,
                            " with this id among those that your token may see."))
      .With(key, id);
}

}  // namespace

absl::Status RequireRole(const Caller& caller, Role role) {
  if (caller.role >= role) return absl::OkStatus();
  return Error(absl::StatusCode::kPermissionDenied, reason::kRoleRequired,
               absl::StrCat("This needs the role ", NameOf(role), "; your token has ",
                            NameOf(caller.role), "."))
      .With("required_role", NameOf(role));
}

bool MaySee(const Caller& caller, absl::string_view organization_id) {
  return caller.role == Role::kAdmin || caller.organization_id == organization_id;
}

absl::StatusOr<OrganizationRow> FindOrganization(const Transaction& tx,
                                                 const Caller& caller,
                                                 absl::string_view id, Role role) {
  const auto none = [id] {
    return NotFound(reason::kOrganizationNotFound, "organization", "organization_id",
                    id);
  };
  if (!MaySee(caller, id)) return none();
  absl::StatusOr<OrganizationRow> row = tx.organizations().Get(id);
  if (!row.ok()) return WithReason(row.status(), absl::StatusCode::kNotFound, none());
  RETURN_IF_ERROR(RequireRole(caller, role));
  return row;
}

absl::StatusOr<AppRow> FindApp(const Transaction& tx, const Caller& caller,
                               absl::string_view id, Role role) {
  const auto none = [id] {
    return NotFound(reason::kAppNotFound, "app", "app_id", id);
  };
  absl::StatusOr<AppRow> row = tx.apps().Get(id);
  if (!row.ok()) return WithReason(row.status(), absl::StatusCode::kNotFound, none());
  if (!MaySee(caller, row->organization_id)) return none();
  RETURN_IF_ERROR(RequireRole(caller, role));
  return row;
}

absl::StatusOr<VersionRow> FindVersion(const Transaction& tx, const AppRow& app,
                                       absl::string_view id) {
  const auto none = [&app, id]() -> absl::Status {
    return Error(absl::StatusCode::kNotFound, reason::kVersionNotFound,
                 "The app has no version with this id; list its versions to see them.")
        .With("app_id", app.id)
        .With("version_id", id);
  };
  absl::StatusOr<VersionRow> row = tx.versions().Get(id);
  if (!row.ok()) return WithReason(row.status(), absl::StatusCode::kNotFound, none());
  if (row->app_id != app.id) return none();
  return row;
}

absl::StatusOr<GitConfigRow> FindGitConfig(const Transaction& tx, const Caller& caller,
                                           absl::string_view organization_id,
                                           Role role) {
  RETURN_IF_ERROR(FindOrganization(tx, caller, organization_id, role).status());
  absl::StatusOr<GitConfigRow> row = tx.git_configs().Get(organization_id);
  if (row.ok()) return row;
  return WithReason(row.status(), absl::StatusCode::kNotFound,
                    Error(absl::StatusCode::kNotFound, reason::kGitNotConfigured,
                          "The organization has no git configuration; make one with "
                          "ConfigureSsh, ConfigureHttpsToken or ConfigureGitHubApp.")
                        .With("organization_id", organization_id));
}

absl::StatusOr<OperationRow> FindOperation(const Transaction& tx, const Caller& caller,
                                           absl::string_view id, Role role) {
  const auto none = [id] {
    return NotFound(reason::kOperationNotFound, "operation", "operation_id", id);
  };
  absl::StatusOr<OperationRow> row = tx.operations().Get(id);
  if (!row.ok()) return WithReason(row.status(), absl::StatusCode::kNotFound, none());
  if (!MaySee(caller, row->organization_id)) return none();
  RETURN_IF_ERROR(RequireRole(caller, role));
  return row;
}

absl::Status CheckEtag(absl::string_view expected, absl::string_view actual) {
  if (expected.empty() || expected == actual) return absl::OkStatus();
  return Error(
             absl::StatusCode::kAborted, reason::kEtagMismatch,
             "It was changed since you read it; read it again and repeat your change.")
      .With("etag", actual);
}

std::string NewEtag() { return NewUuid().substr(0, 18); }

}  // namespace gitsync
