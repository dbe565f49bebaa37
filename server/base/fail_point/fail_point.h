// Points at which tests make the program crash, fail or wait. They do nothing in
// production programs: tests link another definition in place of this folder's.

#ifndef GITSYNC_SERVER_BASE_FAIL_POINT_FAIL_POINT_H_
#define GITSYNC_SERVER_BASE_FAIL_POINT_FAIL_POINT_H_

#include "absl/status/status.h"
#include "absl/strings/string_view.h"

namespace gitsync {

// The outcome that a test wants at the step `name`, "operation/step". OK: go on.
absl::Status FailPoint(absl::string_view name);

}  // namespace gitsync

#endif  // GITSYNC_SERVER_BASE_FAIL_POINT_FAIL_POINT_H_
