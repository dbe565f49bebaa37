#ifndef GITSYNC_STORAGE_RELEASE_STORE_H_
#define GITSYNC_STORAGE_RELEASE_STORE_H_

#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"

namespace gitsync {

// What is live in one environment of an app: a version, and the definition that it had
// when it was promoted.
struct ReleaseRow {
  std::string app_id;
  std::string environment;
  std::string version_id;
  std::string definition_hash;
  std::string operation_id;
  absl::Time release_time;
};

// Releases. See store.h for the errors.
class ReleaseStore {
 public:
  virtual ~ReleaseStore() = default;

  virtual absl::StatusOr<ReleaseRow> Get(absl::string_view app_id,
                                         absl::string_view environment) const = 0;
  // Lists all releases of an app, at most one for each environment, ordered by the
  // environment's name.
  virtual absl::StatusOr<std::vector<ReleaseRow>> List(
      absl::string_view app_id) const = 0;
  // Whether any app of the organization has a release in the environment.
  virtual absl::StatusOr<bool> EnvironmentInUse(
      absl::string_view organization_id, absl::string_view environment) const = 0;

  // Writes the release and replaces any release that the environment had. NOT_FOUND if
  // there is no such app, version or definition.
  virtual absl::Status Put(const ReleaseRow& row) = 0;
};

}  // namespace gitsync

#endif  // GITSYNC_STORAGE_RELEASE_STORE_H_
