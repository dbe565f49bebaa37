#include "client/lib/version.h"

namespace gitsync::client {

absl::string_view Version() { return GITSYNC_VERSION; }

}  // namespace gitsync::client
