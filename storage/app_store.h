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

// Where an app stands with its repository.
struct GitSyncState {
  std::string folder;      // in the repository, with the path prefix
  std::string ref;         // branch, tag or commit that it was taken from or pushed to
  std::string commit_id;   // last commit whose content of the folder is all in here
  std::string tree_id;     // the folder's tree in that commit: the base of a merge
  std::string version_id;  // version that was last pushed or pulled
  absl::Time sync_time;
  // What the repository called the app then. Empty: not known, as the state was
  // recorded by a release that did not keep it, or by the recovery of a push.
  std::string name = {};
  std::string slug = {};
  // Whether the app has a name of its own here, which does not go to the repository.
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
  // Whether another app than `except_id` has a name that is the same to Insert.
  virtual absl::StatusOr<bool> NameTaken(absl::string_view organization_id,
                                         absl::string_view name,
                                         absl::string_view except_id) const = 0;
  virtual absl::StatusOr<Page<AppRow>> List(absl::string_view organization_id,
                                            PageRequest page) const = 0;

  // ALREADY_EXISTS if the id, or in the organization the name (by NameKey),
  // slug or git_app_id is taken. NOT_FOUND if there is no such organization.
  virtual absl::Status Insert(const AppRow& row) = 0;
  // Writes every field of the row but `id`, `organization_id` and `create_time`.
  // ALREADY_EXISTS if the name is taken, NOT_FOUND.
  virtual absl::Status Update(const AppRow& row) = 0;
  // Writes `git_state` alone; nullopt forgets it. The etag stays. NOT_FOUND.
  virtual absl::Status SetGitState(absl::string_view id,
                                   const std::optional<GitSyncState>& state) = 0;
  // Forgets the git state of every app of the organization, and what each version
  // was last synced as.
  virtual absl::Status ClearGitStates(absl::string_view organization_id) = 0;
  // Deletes it with its versions and releases; its operations stay. NOT_FOUND.
  virtual absl::Status Delete(absl::string_view id) = 0;
};

}  // namespace gitsync

#endif  // GITSYNC_STORAGE_APP_STORE_H_
