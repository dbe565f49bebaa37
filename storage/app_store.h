#ifndef GITSYNC_STORAGE_APP_STORE_H_
#define GITSYNC_STORAGE_APP_STORE_H_

#include <optional>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "storage/page.h"

namespace gitsync {

// How an app relates to its repository.
struct GitSyncState {
  std::string folder;      // in the repository, with the path prefix
  std::string ref;         // branch, tag or commit that it was read from or pushed to
  std::string commit_id;   // last commit whose folder content is fully in here
  std::string tree_id;     // the folder's tree in that commit: the base of a merge
  std::string version_id;  // version that was last pushed or pulled
  absl::Time sync_time;
  // The app's name in the repository at that time. Empty if unknown, because the state
  // was recorded by a release that did not keep the name, or by the recovery of a push.
  std::string name = {};
  std::string slug = {};
  // Whether the app has its own name here, which is not written to the repository.
  bool name_is_local = false;
};

struct AppRow {
  std::string id;  // UUID
  std::string organization_id;
  std::string name;
  std::string slug;
  bool editable = true;
  std::string git_app_id;
  std::optional<GitSyncState> git_state;
  std::string etag;
  absl::Time create_time;
  absl::Time update_time;
};

// Apps. See store.h for the errors.
class AppStore {
 public:
  virtual ~AppStore() = default;

  virtual absl::StatusOr<AppRow> Get(absl::string_view id) const = 0;
  virtual absl::StatusOr<AppRow> GetByGitAppId(absl::string_view organization_id,
                                               absl::string_view git_app_id) const = 0;
  virtual absl::StatusOr<bool> SlugTaken(absl::string_view organization_id,
                                         absl::string_view slug) const = 0;
  // Whether an app of the organization is synced with this ref.
  virtual absl::StatusOr<bool> AnySyncedWith(absl::string_view organization_id,
                                             absl::string_view ref) const = 0;
  // Whether an app other than `except_id` has a name that Insert would treat as equal.
  virtual absl::StatusOr<bool> NameTaken(absl::string_view organization_id,
                                         absl::string_view name,
                                         absl::string_view except_id) const = 0;
  virtual absl::StatusOr<Page<AppRow>> List(absl::string_view organization_id,
                                            PageRequest page) const = 0;

  // ALREADY_EXISTS if the id is taken, or if the name (by NameKey), slug or git_app_id
  // is taken in the organization. NOT_FOUND if there is no such organization.
  virtual absl::Status Insert(const AppRow& row) = 0;
  // Writes every field of the row except `id`, `organization_id` and `create_time`.
  // ALREADY_EXISTS if the name is taken, NOT_FOUND if there is no such app.
  virtual absl::Status Update(const AppRow& row) = 0;
  // Writes only `git_state`; nullopt clears it. The etag does not change. NOT_FOUND.
  virtual absl::Status SetGitState(absl::string_view id,
                                   const std::optional<GitSyncState>& state) = 0;
  // Clears the git state of every app of the organization, and the sync state of each
  // version.
  virtual absl::Status ClearGitStates(absl::string_view organization_id) = 0;
  // Deletes the app with its versions and releases; its operations stay. NOT_FOUND.
  virtual absl::Status Delete(absl::string_view id) = 0;
};

}  // namespace gitsync

#endif  // GITSYNC_STORAGE_APP_STORE_H_
