#ifndef GITSYNC_SERVER_GATEWAY_HTTP_GZIP_H_
#define GITSYNC_SERVER_GATEWAY_HTTP_GZIP_H_

#include <string>

#include "absl/strings/string_view.h"

namespace gitsync::gateway {

// `text` in gzip's form. `best` takes the time to make it as small as it gets. Empty if
// that fails, for want of memory.
std::string Gzip(absl::string_view text, bool best);

}  // namespace gitsync::gateway

#endif  // GITSYNC_SERVER_GATEWAY_HTTP_GZIP_H_
