// Requests and their responses. Plain values.

#ifndef GITSYNC_SERVER_HTTP_CLIENT_HTTP_MESSAGE_H_
#define GITSYNC_SERVER_HTTP_CLIENT_HTTP_MESSAGE_H_

#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "server/base/secret.h"

namespace gitsync {

struct HttpRequest {
  std::string method = "GET";
  std::string url;  // https://host[:port]/path[?query], percent-encoded
  // Names and values; no secrets. Host and the body's length are added automatically.
  std::vector<std::pair<std::string, std::string>> headers;
  // Value of the header Authorization, "Bearer ..."; if empty, the header is not sent.
  Secret authorization;
  std::string body;
  std::string ca_certificate;  // PEM of the authorities to trust; empty: the system's
  // Whether it may be sent again when a kept connection turns out to be dead after it
  // was sent; the remote may then receive it twice.
  bool repeatable = false;
  // Requests share connections if they have the same connection_id, URL host and port,
  // and CA certificate.
  std::string connection_id;
};

struct HttpResponse {
  int status = 0;                              // 0: not received yet
  std::map<std::string, std::string> headers;  // names in lower case
  std::string body;

  // The header's value; empty if there is none. `name` in lower case.
  absl::string_view Header(const std::string& name) const {
    const auto found = headers.find(name);
    return found == headers.end() ? absl::string_view() : found->second;
  }
};

// Parses the time in a header such as Date; nullopt if it is not valid.
std::optional<absl::Time> ParseHttpDate(absl::string_view text);

// How long the Retry-After header asks to wait. It holds seconds, or a date, which is
// compared with the remote's own clock if the response has a Date. The result is
// between zero and a day; nullopt if there is no such header.
std::optional<absl::Duration> RetryAfterOf(const HttpResponse& response);

}  // namespace gitsync

#endif  // GITSYNC_SERVER_HTTP_CLIENT_HTTP_MESSAGE_H_
