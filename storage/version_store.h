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
  // What it was last pushed as or pulled from; empty when never.
  std::string synced_commit_id;
  // definition_hash as of then: the version has unpushed changes if it is another.
  std::string synced_definition_hash;
  std::string etag;
  absl::Time create_time;
  absl::Time update_time;
};

// Versions and their definitions. Definitions are kept once each, by content; one
// that no version, no release and no running operation's push names at the end of a
// transaction is removed by it. See store.h for the errors.
class VersionStore {
 public:
  virtual ~VersionStore() = default;

  virtual absl::StatusOr<VersionRow> Get(absl::string_view id) const = 0;
  virtual absl::StatusOr<VersionRow> GetByName(absl::string_view app_id,
                                               absl::string_view name) const = 0;
  // The version of the app that was changed (its definition, or a sync) last.
  virtual absl::StatusOr<VersionRow> GetLatest(absl::string_view app_id) const = 0;
  virtual absl::StatusOr<Page<VersionRow>> List(absl::string_view app_id,
                                                PageRequest page) const = 0;
  // The definition's text. NOT_FOUND.
  virtual absl::StatusOr<std::string> GetDefinition(absl::string_view hash) const = 0;

  // Keeps a definition and returns its hash, SHA-256 in hexadecimal. It is gone again
  // if no row names it at the end of the transaction.
  virtual absl::StatusOr<std::string> PutDefinition(absl::string_view definition) = 0;
  // ALREADY_EXISTS if the id, or in the app the name, is taken. NOT_FOUND if there is
  // no such app or no such definition.
  virtual absl::Status Insert(const VersionRow& row) = 0;
  // Writes every field of the row but `id`, `app_id` and `create_time`.
  // ALREADY_EXISTS if the name is taken, NOT_FOUND if there is no such version or no
  // such definition.
  virtual absl::Status Update(const VersionRow& row) = 0;
  // NOT_FOUND; FAILED_PRECONDITION, bare, if a release names it.
  virtual absl::Status Delete(absl::string_view id) = 0;
};

}  // namespace gitsync

#endif  // GITSYNC_STORAGE_VERSION_STORE_H_
