#ifndef GITSYNC_SERVER_BASE_STATUS_MACROS_H_
#define GITSYNC_SERVER_BASE_STATUS_MACROS_H_

#include <utility>

#include "absl/status/status.h"
#include "absl/status/statusor.h"

#define GITSYNC_MACRO_CONCAT_INNER(a, b) a##b
#define GITSYNC_MACRO_CONCAT(a, b) GITSYNC_MACRO_CONCAT_INNER(a, b)

// Returns the status of `expression`, an absl::Status, from the function if it is an
// error.
#define RETURN_IF_ERROR(expression)                                     \
  if (absl::Status gitsync_status = (expression); !gitsync_status.ok()) \
  return gitsync_status

// Assigns the value of `expression`, an absl::StatusOr, to `target`, which may be a
// declaration; or returns its status from the function.
#define ASSIGN_OR_RETURN(target, expression)                       \
  auto GITSYNC_MACRO_CONCAT(gitsync_or_, __LINE__) = (expression); \
  if (!GITSYNC_MACRO_CONCAT(gitsync_or_, __LINE__).ok())           \
    return GITSYNC_MACRO_CONCAT(gitsync_or_, __LINE__).status();   \
  target = *std::move(GITSYNC_MACRO_CONCAT(gitsync_or_, __LINE__))

#endif  // GITSYNC_SERVER_BASE_STATUS_MACROS_H_
