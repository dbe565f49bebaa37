// The use cases of OrganizationService, as functions over a transaction.
//
// Ids and names may come as the caller wrote them; they are normalized before they are
// stored. Errors that are not named here are those of FindOrganization (access.h) and
// of the stores.

#ifndef GITSYNC_SERVER_RESOURCE_ORGANIZATIONS_H_
#define GITSYNC_SERVER_RESOURCE_ORGANIZATIONS_H_

#include <optional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "server/resource/caller.h"
#include "storage/store.h"

namespace gitsync {

struct CreateOrganizationInput {
  std::string id;  // empty: a new one
  std::string name;
  std::vector<std::string> environments;  // empty: development, staging, production
};

struct UpdateOrganizationInput {
  std::string id;
  std::optional<std::string> name;
  std::optional<std::vector<std::string>> environments;
  std::string etag;  // empty: any
};

// INVALID_ARGUMENT (INVALID_REQUEST) with everything that is wrong. Call before the
// transaction.
absl::Status CheckCreateOrganization(const CreateOrganizationInput& input);
absl::Status CheckUpdateOrganization(const UpdateOrganizationInput& input);

// Needs ADMIN. ALREADY_EXISTS (ORGANIZATION_EXISTS).
absl::StatusOr<OrganizationRow> CreateOrganization(Transaction& tx,
                                                   const Caller& caller,
                                                   const CreateOrganizationInput& input,
                                                   absl::Time now);

// Needs VIEWER.
absl::StatusOr<OrganizationRow> GetOrganization(const Transaction& tx,
                                                const Caller& caller,
                                                absl::string_view id);

// All organizations for an ADMIN, the caller's own for anyone else.
absl::StatusOr<Page<OrganizationRow>> ListOrganizations(const Transaction& tx,
                                                        const Caller& caller,
                                                        PageRequest page);

// Needs ORG_ADMIN. An update that changes nothing keeps etag and update time.
//
// ABORTED (ETAG_MISMATCH), ALREADY_EXISTS (ORGANIZATION_EXISTS), FAILED_PRECONDITION
// (ENVIRONMENT_IN_USE: a removed environment has releases).
absl::StatusOr<OrganizationRow> UpdateOrganization(Transaction& tx,
                                                   const Caller& caller,
                                                   const UpdateOrganizationInput& input,
                                                   absl::Time now);

// Deletes the organization with everything that belongs to it. Returns the mirror that
// is no longer used, for SyncService::DropMirror after the commit; empty if it had
// none. Needs ADMIN. ABORTED (ETAG_MISMATCH).
absl::StatusOr<std::string> DeleteOrganization(Transaction& tx, const Caller& caller,
                                               absl::string_view id,
                                               absl::string_view etag);

}  // namespace gitsync

#endif  // GITSYNC_SERVER_RESOURCE_ORGANIZATIONS_H_
