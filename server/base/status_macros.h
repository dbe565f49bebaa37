#ifndef GITSYNC_SERVER_BASE_STATUS_MACROS_H_
#define GITSYNC_SERVER_BASE_STATUS_MACROS_H_

#include <utility>

#include "absl/status/status.h"
#include "absl/status/statusor.h"

// The names use __COUNTER__, because an expression may contain a lambda that uses these
// macros too.
#define GITSYNC_CONCAT_INNER(a, b) a##b
#define GITSYNC_CONCAT(a, b) GITSYNC_CONCAT_INNER(a, b)
#define GITSYNC_UNIQUE(name) GITSYNC_CONCAT(name, __COUNTER__)

// Evaluates `expression`, an absl::Status, and returns it from the function if it is an
// error.
#define RETURN_IF_ERROR(expression) \
  GITSYNC_RETURN_IF_ERROR(GITSYNC_UNIQUE(gitsync_status_), expression)
// The switch prevents an "else" around the macro from binding to the macro's "if".
#define GITSYNC_RETURN_IF_ERROR(status, expression)        \
  switch (0)                                               \
  case 0:                                                  \
  default:                                                 \
    if (absl::Status status = (expression); status.ok()) { \
    } else                                                 \
      return status

// Assigns the value of `expression`, an absl::StatusOr, to `target`, which may be a
// declaration; if it is an error, returns its status from the function.
#define ASSIGN_OR_RETURN(target, expression) \
  GITSYNC_ASSIGN_OR_RETURN(GITSYNC_UNIQUE(gitsync_or_), target, expression)
#define GITSYNC_ASSIGN_OR_RETURN(value, target, expression) \
  auto value = (expression);                                \
  if (!value.ok()) return value.status();                   \
  target = *std::move(value)

#endif  // GITSYNC_SERVER_BASE_STATUS_MACROS_H_
