// The use cases of AppService on versions, as functions over a transaction.
//
// Ids and names may come as the caller wrote them; they are normalized before they are
// stored. Errors that are not named here are those of FindApp and FindVersion
// (access.h) and of the stores.

#ifndef GITSYNC_SERVER_RESOURCE_VERSIONS_H_
#define GITSYNC_SERVER_RESOURCE_VERSIONS_H_

#include <optional>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "server/resource/caller.h"
#include "storage/store.h"

namespace gitsync {

struct CreateVersionInput {
  std::string app_id;
  std::string id;  // empty: a new one
  std::string name;
  std::string definition;
};

struct UpdateVersionInput {
  std::string app_id;
  std::string id;
  std::optional<std::string> name;
  std::optional<std::string> definition;
  std::string etag;  // empty: any
};

struct VersionView {
  VersionRow row;
  std::string definition;
};

// INVALID_ARGUMENT (INVALID_REQUEST) with everything that is wrong, or
// (INVALID_DEFINITION) if only the definition is. Call before the transaction: checking
// a definition takes time.
absl::Status CheckCreateVersion(const CreateVersionInput& input);
absl::Status CheckUpdateVersion(const UpdateVersionInput& input);

// Whether the version has changes that are not in git.
bool HasUnpushedChanges(const VersionRow& row);

// Needs EDITOR. ALREADY_EXISTS (VERSION_NAME_TAKEN: the id or the name is taken),
// FAILED_PRECONDITION (APP_NOT_EDITABLE).
absl::StatusOr<VersionRow> CreateVersion(Transaction& tx, const Caller& caller,
                                         const CreateVersionInput& input,
                                         absl::Time now);

// Adds a version to an app that was already looked up. The caller's role and whether
// the app is editable do not matter. ALREADY_EXISTS (VERSION_NAME_TAKEN).
struct NewVersion {
  absl::string_view id;  // empty: a new one
  absl::string_view name;
  absl::string_view definition;
};
absl::StatusOr<VersionRow> AddVersion(Transaction& tx, const AppRow& app,
                                      const NewVersion& version, absl::Time now);

// Needs VIEWER. A version whose environment no longer exists in the organization counts
// as being in the first one.
absl::StatusOr<VersionView> GetVersion(const Transaction& tx, const Caller& caller,
                                       absl::string_view app_id, absl::string_view id);
absl::StatusOr<Page<VersionRow>> ListVersions(const Transaction& tx,
                                              const Caller& caller,
                                              absl::string_view app_id,
                                              PageRequest page);

// Needs EDITOR. An update that changes nothing keeps etag and update time, even if it
// has a definition that is byte for byte the version's own.
//
// ABORTED (ETAG_MISMATCH), ALREADY_EXISTS (VERSION_NAME_TAKEN), FAILED_PRECONDITION
// (APP_NOT_EDITABLE).
absl::StatusOr<VersionRow> UpdateVersion(Transaction& tx, const Caller& caller,
                                         const UpdateVersionInput& input,
                                         absl::Time now);

// Needs EDITOR. ABORTED (ETAG_MISMATCH), FAILED_PRECONDITION (VERSION_IS_LIVE,
// APP_NOT_EDITABLE, OPERATION_IN_PROGRESS).
absl::Status DeleteVersion(Transaction& tx, const Caller& caller,
                           absl::string_view app_id, absl::string_view id,
                           absl::string_view etag);

}  // namespace gitsync

#endif  // GITSYNC_SERVER_RESOURCE_VERSIONS_H_
