#ifndef GITSYNC_STORAGE_REQUEST_STORE_H_
#define GITSYNC_STORAGE_REQUEST_STORE_H_

#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"

namespace gitsync {

// A mutation that a caller identified by a request id, and its answer.
struct RequestRow {
  // The caller's token id and its request id.
  std::string key;
  // Hash of method and request, to tell a retry from a different request.
  std::string fingerprint;
  // The operation that answers it, or else ...
  std::string operation_id;
  // ... the serialized answer.
  std::string response;
  absl::Time create_time;
};

// Requests that were answered, or whose operation is running. See store.h for the
// errors.
class RequestStore {
 public:
  virtual ~RequestStore() = default;

  virtual absl::StatusOr<RequestRow> Get(absl::string_view key) const = 0;

  // ALREADY_EXISTS if the key is taken. NOT_FOUND if `operation_id` is not empty and
  // names no operation: insert the operation first. The request is deleted together
  // with its operation.
  virtual absl::Status Insert(const RequestRow& row) = 0;
  // Removes the request that this operation answers, if there is one, so that a retry
  // runs again.
  virtual absl::Status DeleteByOperation(absl::string_view operation_id) = 0;
  // Removes up to `limit` requests that are older than `time`; returns how many.
  virtual absl::StatusOr<int> DeleteOlderThan(absl::Time time, int limit) = 0;
};

}  // namespace gitsync

#endif  // GITSYNC_STORAGE_REQUEST_STORE_H_
