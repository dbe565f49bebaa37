#include "server/base/fail_point/fail_point.h"

namespace gitsync {

absl::Status FailPoint(absl::string_view /*name*/) { return absl::OkStatus(); }

}  // namespace gitsync
