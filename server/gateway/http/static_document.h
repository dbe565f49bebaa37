#ifndef GITSYNC_SERVER_GATEWAY_HTTP_STATIC_DOCUMENT_H_
#define GITSYNC_SERVER_GATEWAY_HTTP_STATIC_DOCUMENT_H_

#include <string>

#include "absl/strings/string_view.h"

namespace gitsync::gateway {

// A text that is served unchanged. The views must outlive the server.
struct StaticDocument {
  std::string path;          // "/openapi.json"
  std::string content_type;  // "application/json"
  absl::string_view text;
  // The same text, compressed; if empty, it is compressed when the server starts.
  absl::string_view gzip;
  // Value of the header Content-Security-Policy; if empty, the header is not sent.
  std::string security_policy;
};

}  // namespace gitsync::gateway

#endif  // GITSYNC_SERVER_GATEWAY_HTTP_STATIC_DOCUMENT_H_
