#ifndef GITSYNC_STORAGE_ACCESS_TOKEN_STORE_H_
#define GITSYNC_STORAGE_ACCESS_TOKEN_STORE_H_

#include <optional>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "storage/page.h"

namespace gitsync {

// What a token may do; each includes the ones before it.
enum class Role { kViewer = 1, kEditor = 2, kOrgAdmin = 3, kAdmin = 4 };

struct AccessTokenRow {
  std::string id;    // UUID
  std::string hash;  // SHA-256 of the secret, 32 bytes
  std::string name;
  Role role = Role::kViewer;
  std::string organization_id;  // empty for kAdmin
  absl::Time create_time;
  std::optional<absl::Time> expire_time;
  std::optional<absl::Time> revoke_time;
};

// Access tokens. See store.h for the errors.
class AccessTokenStore {
 public:
  virtual ~AccessTokenStore() = default;

  virtual absl::StatusOr<AccessTokenRow> Get(absl::string_view id) const = 0;
  virtual absl::StatusOr<AccessTokenRow> GetByHash(absl::string_view hash) const = 0;
  // Lists all tokens, or one organization's when `organization_id` is not empty.
  virtual absl::StatusOr<Page<AccessTokenRow>> List(absl::string_view organization_id,
                                                    PageRequest page) const = 0;
  // Counts the kAdmin tokens that are neither revoked nor expired at `now`.
  virtual absl::StatusOr<int> CountAdmins(absl::Time now) const = 0;

  // ALREADY_EXISTS if the id or hash is taken. NOT_FOUND if there is no such
  // organization.
  virtual absl::Status Insert(const AccessTokenRow& row) = 0;
  // Sets `revoke_time` if it was not set. NOT_FOUND.
  virtual absl::Status Revoke(absl::string_view id, absl::Time now) = 0;
};

}  // namespace gitsync

#endif  // GITSYNC_STORAGE_ACCESS_TOKEN_STORE_H_
