#ifndef GITSYNC_STORAGE_ORGANIZATION_STORE_H_
#define GITSYNC_STORAGE_ORGANIZATION_STORE_H_

#include <optional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "storage/page.h"

namespace gitsync {

struct OrganizationRow {
  std::string id;  // UUID
  std::string name;
  std::vector<std::string> environments;  // in the order of promotion
  std::string etag;
  absl::Time create_time;
  absl::Time update_time;
};

// Organizations. See store.h for the errors.
class OrganizationStore {
 public:
  virtual ~OrganizationStore() = default;

  virtual absl::StatusOr<OrganizationRow> Get(absl::string_view id) const = 0;
  virtual absl::StatusOr<Page<OrganizationRow>> List(PageRequest page) const = 0;

  // ALREADY_EXISTS if the id or the name (ignoring letter case) is taken.
  virtual absl::Status Insert(const OrganizationRow& row) = 0;
  // Writes every field of the row except `id` and `create_time`. ALREADY_EXISTS if the
  // name is taken, NOT_FOUND if there is no such organization.
  virtual absl::Status Update(const OrganizationRow& row) = 0;
  // Deletes the organization with everything that belongs to it. NOT_FOUND.
  virtual absl::Status Delete(absl::string_view id) = 0;
};

}  // namespace gitsync

#endif  // GITSYNC_STORAGE_ORGANIZATION_STORE_H_
