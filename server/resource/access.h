// Who may see and do what. Every use case gets its rows through these functions, so
// that another organization's ids look as if they did not exist.

#ifndef GITSYNC_SERVER_RESOURCE_ACCESS_H_
#define GITSYNC_SERVER_RESOURCE_ACCESS_H_

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "server/resource/caller.h"
#include "storage/store.h"

namespace gitsync {

// PERMISSION_DENIED (ROLE_REQUIRED), naming the role, if the caller's role is lower.
absl::Status RequireRole(const Caller& caller, Role role);

// Whether the caller belongs to the organization, or to all organizations.
bool MaySee(const Caller& caller, absl::string_view organization_id);

// The rows below, if the caller may see them and has `role`. Errors: NOT_FOUND
// (ORGANIZATION_NOT_FOUND, APP_NOT_FOUND, VERSION_NOT_FOUND, GIT_NOT_CONFIGURED,
// OPERATION_NOT_FOUND) and PERMISSION_DENIED (ROLE_REQUIRED).
absl::StatusOr<OrganizationRow> FindOrganization(const Transaction& tx,
                                                 const Caller& caller,
                                                 absl::string_view id, Role role);
absl::StatusOr<AppRow> FindApp(const Transaction& tx, const Caller& caller,
                               absl::string_view id, Role role);
// The version must be of this app.
absl::StatusOr<VersionRow> FindVersion(const Transaction& tx, const AppRow& app,
                                       absl::string_view id);
absl::StatusOr<GitConfigRow> FindGitConfig(const Transaction& tx, const Caller& caller,
                                           absl::string_view organization_id,
                                           Role role);
absl::StatusOr<OperationRow> FindOperation(const Transaction& tx, const Caller& caller,
                                           absl::string_view id, Role role);

// ABORTED (ETAG_MISMATCH) if `expected` is not empty and not `actual`.
absl::Status CheckEtag(absl::string_view expected, absl::string_view actual);

// A new value for an etag.
std::string NewEtag();

}  // namespace gitsync

#endif  // GITSYNC_SERVER_RESOURCE_ACCESS_H_
