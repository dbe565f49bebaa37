// Requests and responses of HTTP, as the gateway's parts hand them on.

#ifndef GITSYNC_SERVER_GATEWAY_HTTP_HTTP_MESSAGE_H_
#define GITSYNC_SERVER_GATEWAY_HTTP_HTTP_MESSAGE_H_

#include <string>
#include <utility>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/string_view.h"
#include "server/base/logging.h"

namespace gitsync::gateway {

// Names and values, in order. Names are compared without case.
using Headers = std::vector<std::pair<std::string, std::string>>;

// The value of the first header of this name; empty if there is none.
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

// All of a request but its body.
struct HttpRequest {
  std::string method;
  std::string target;  // as sent: "/path?query"
  Headers headers;
  bool has_body = false;  // one follows, though it may turn out to be empty
};

struct HttpResponse {
  int status = 200;
  // Besides those that the server adds: Date, Content-Length and what is about the
  // connection.
  Headers headers;
  std::string body;
  // Sent if `body` is empty: text that outlives the server.
  absl::string_view static_body;
  // For the log.
  std::string request_id;
  LogLevel log_level = LogLevel::kInfo;
};

}  // namespace gitsync::gateway

#endif  // GITSYNC_SERVER_GATEWAY_HTTP_HTTP_MESSAGE_H_
