#ifndef GITSYNC_SERVER_GATEWAY_HTTP_STATIC_DOCUMENT_H_
#define GITSYNC_SERVER_GATEWAY_HTTP_STATIC_DOCUMENT_H_

#include <string>

#include "absl/strings/string_view.h"

namespace gitsync::gateway {

// A text that is served as it is. The views outlive the server.
struct StaticDocument {
  std::string path;          // "/openapi.json"
  std::string content_type;  // "application/json"
  absl::string_view text;
  // The same, compressed; if it is empty, that is done when the server starts.
  absl::string_view gzip;
  // Of the header Content-Security-Policy; empty: none is sent.
  std::string security_policy;
};

}  // namespace gitsync::gateway

#endif  // GITSYNC_SERVER_GATEWAY_HTTP_STATIC_DOCUMENT_H_
