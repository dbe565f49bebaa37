#ifndef GITSYNC_SERVER_GATEWAY_HTTP_GZIP_H_
#define GITSYNC_SERVER_GATEWAY_HTTP_GZIP_H_

#include <string>

#include "absl/strings/string_view.h"

namespace gitsync::gateway {

// Compresses `text` in gzip format. `best` makes the result as small as possible at the
// cost of time. Returns an empty string if memory runs out.
std::string Gzip(absl::string_view text, bool best);

}  // namespace gitsync::gateway

#endif  // GITSYNC_SERVER_GATEWAY_HTTP_GZIP_H_
