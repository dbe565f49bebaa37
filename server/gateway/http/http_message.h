// HTTP requests and responses, as the parts of the gateway pass them on.

#ifndef GITSYNC_SERVER_GATEWAY_HTTP_HTTP_MESSAGE_H_
#define GITSYNC_SERVER_GATEWAY_HTTP_HTTP_MESSAGE_H_

#include <string>
#include <utility>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/string_view.h"
#include "server/base/logging.h"

namespace gitsync::gateway {

// Names and values, in order. Names are case-insensitive.
using Headers = std::vector<std::pair<std::string, std::string>>;

// The value of the first header with this name; empty if there is none.
inline absl::string_view FindHeader(const Headers& headers, absl::string_view name) {
  for (const auto& [key, value] : headers) {
    if (absl::EqualsIgnoreCase(key, name)) return value;
  }
  return "";
}

// How many headers have this name.
inline int CountHeaders(const Headers& headers, absl::string_view name) {
  int count = 0;
  for (const auto& [key, value] : headers) {
    if (absl::EqualsIgnoreCase(key, name)) ++count;
  }
  return count;
}

// A request without its body.
struct HttpRequest {
  std::string method;
  std::string target;  // as sent: "/path?query"
  Headers headers;
  bool has_body = false;  // a body follows, though it may turn out to be empty
};

struct HttpResponse {
  int status = 200;
  // In addition to those that the server adds: Date, Content-Length and the headers
  // about the connection.
  Headers headers;
  std::string body;
  // Sent if `body` is empty. The text must outlive the server.
  absl::string_view static_body;
  // For the log.
  std::string request_id;
  LogLevel log_level = LogLevel::kInfo;
};

}  // namespace gitsync::gateway

#endif  // GITSYNC_SERVER_GATEWAY_HTTP_HTTP_MESSAGE_H_
