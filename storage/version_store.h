#ifndef GITSYNC_STORAGE_VERSION_STORE_H_
#define GITSYNC_STORAGE_VERSION_STORE_H_

#include <cstdint>
#include <optional>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "storage/page.h"

namespace gitsync {

// A version without its definition, which is read by its hash.
struct VersionRow {
  std::string id;  // UUID
  std::string app_id;
  std::string name;
  std::string definition_hash;        // see PutDefinition
  int64_t definition_size_bytes = 0;  // filled in by the store
  std::string environment;            // the furthest that it has reached
  // What the version was last pushed as or pulled from; empty if never.
  std::string synced_commit_id;
  // definition_hash at that time; if the two differ, the version has unpushed changes.
  std::string synced_definition_hash;
  std::string etag;
  absl::Time create_time;
  absl::Time update_time;
};

// Versions and their definitions. Each definition is stored once, by content. A
// transaction removes a definition if no version, no release and no running push refers
// to it when the transaction ends. See store.h for the errors.
class VersionStore {
 public:
  virtual ~VersionStore() = default;

  virtual absl::StatusOr<VersionRow> Get(absl::string_view id) const = 0;
  virtual absl::StatusOr<VersionRow> GetByName(absl::string_view app_id,
                                               absl::string_view name) const = 0;
  // Returns the app's version whose definition or sync state changed last.
  virtual absl::StatusOr<VersionRow> GetLatest(absl::string_view app_id) const = 0;
  virtual absl::StatusOr<Page<VersionRow>> List(absl::string_view app_id,
                                                PageRequest page) const = 0;
  // Returns the definition's text. NOT_FOUND.
  virtual absl::StatusOr<std::string> GetDefinition(absl::string_view hash) const = 0;

  // Stores a definition and returns its hash, SHA-256 in hexadecimal. The definition is
  // removed again if no row refers to it at the end of the transaction.
  virtual absl::StatusOr<std::string> PutDefinition(absl::string_view definition) = 0;
  // ALREADY_EXISTS if the id is taken, or the name is taken in the app. NOT_FOUND if
  // there is no such app or no such definition.
  virtual absl::Status Insert(const VersionRow& row) = 0;
  // Writes every field of the row except `id`, `app_id` and `create_time`.
  // ALREADY_EXISTS if the name is taken, NOT_FOUND if there is no such version or no
  // such definition.
  virtual absl::Status Update(const VersionRow& row) = 0;
  // NOT_FOUND; FAILED_PRECONDITION, bare, if a release refers to it.
  virtual absl::Status Delete(absl::string_view id) = 0;
};

}  // namespace gitsync

#endif  // GITSYNC_STORAGE_VERSION_STORE_H_
