#ifndef GITSYNC_SERVER_RESOURCE_RELEASES_H_
#define GITSYNC_SERVER_RESOURCE_RELEASES_H_

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "server/resource/caller.h"
#include "storage/store.h"

namespace gitsync {

// What is live in an environment: the current version, but with the definition (hash
// and size too) that it had when it was promoted.
struct ReleaseView {
  ReleaseRow row;
  VersionRow version;
  std::string definition;
};

// AppService.GetRelease. Needs VIEWER. NOT_FOUND (APP_NOT_FOUND, ENVIRONMENT_NOT_FOUND,
// RELEASE_NOT_FOUND).
absl::StatusOr<ReleaseView> GetRelease(const Transaction& tx, const Caller& caller,
                                       absl::string_view app_id,
                                       absl::string_view environment);

// An app's releases in the order of its organization's environments.
absl::StatusOr<std::vector<ReleaseRow>> ListReleases(
    const Transaction& tx, const OrganizationRow& organization,
    absl::string_view app_id);

}  // namespace gitsync

#endif  // GITSYNC_SERVER_RESOURCE_RELEASES_H_
