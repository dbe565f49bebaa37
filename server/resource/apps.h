// The use cases of AppService on apps, as functions over a transaction.
//
// Ids and names may come as the caller wrote them; they are normalized before they are
// stored. Errors that are not named here are those of FindOrganization and FindApp
// (access.h) and of the stores.

#ifndef GITSYNC_SERVER_RESOURCE_APPS_H_
#define GITSYNC_SERVER_RESOURCE_APPS_H_

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

struct CreateAppInput {
  std::string organization_id;
  std::string id;  // empty: a new one
  std::string name;
  std::string definition;    // of the first version; empty: none is created
  std::string version_name;  // empty: "v1"
};

struct UpdateAppInput {
  std::string id;
  std::optional<std::string> name;
  std::optional<bool> editable;
  std::string etag;  // empty: any
};

// An app with its releases.
struct AppView {
  AppRow row;
  std::vector<ReleaseRow> releases;  // in the order of the environments
  std::string first_version_id;      // set only by CreateApp
};

// INVALID_ARGUMENT (INVALID_REQUEST) with everything that is wrong, or
// (INVALID_DEFINITION) if only the definition is. Call before the transaction: checking
// a definition takes time.
absl::Status CheckCreateApp(const CreateAppInput& input);
absl::Status CheckUpdateApp(const UpdateAppInput& input);

// Needs EDITOR. ALREADY_EXISTS (APP_NAME_TAKEN: the id or the name is taken).
absl::StatusOr<AppView> CreateApp(Transaction& tx, const Caller& caller,
                                  const CreateAppInput& input, absl::Time now);

// Needs VIEWER.
absl::StatusOr<AppView> GetApp(const Transaction& tx, const Caller& caller,
                               absl::string_view id);
absl::StatusOr<Page<AppView>> ListApps(const Transaction& tx, const Caller& caller,
                                       absl::string_view organization_id,
                                       PageRequest page);

// Needs EDITOR. An update that changes nothing keeps etag and update time. ABORTED
// (ETAG_MISMATCH), ALREADY_EXISTS (APP_NAME_TAKEN).
absl::StatusOr<AppView> UpdateApp(Transaction& tx, const Caller& caller,
                                  const UpdateAppInput& input, absl::Time now);

// Deletes the app with its versions and releases. Needs EDITOR. ABORTED
// (ETAG_MISMATCH), FAILED_PRECONDITION (OPERATION_IN_PROGRESS).
absl::Status DeleteApp(Transaction& tx, const Caller& caller, absl::string_view id,
                       absl::string_view etag);

// A slug for a new app of this name: Slugify(name), with "-2", "-3" ... if that is
// taken. The number of look-ups is logarithmic in the number of taken slugs.
absl::StatusOr<std::string> FreeSlug(const Transaction& tx,
                                     absl::string_view organization_id,
                                     absl::string_view name);

}  // namespace gitsync

#endif  // GITSYNC_SERVER_RESOURCE_APPS_H_
