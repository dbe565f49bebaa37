// Requests and what is answered to them. Plain values.

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
  // Names and values; no secrets. Host and the body's length are added.
  std::vector<std::pair<std::string, std::string>> headers;
  // Value of the header Authorization, "Bearer ..."; empty: none is sent.
  Secret authorization;
  std::string body;
  std::string ca_certificate;  // PEM of the authorities to trust; empty: the system's
  // Whether it may be sent again when a kept connection turns out to be dead after it
  // was sent: the remote may then get it twice.
  bool repeatable = false;
  // Connections are shared by requests that are equal in this, the URL's host and port,
  // and the CA certificate.
  std::string connection_id;
};

struct HttpResponse {
  int status = 0;                              // 0: none came yet
  std::map<std::string, std::string> headers;  // names in lower case
  std::string body;

  // The header's value; empty if there is none. `name` in lower case.
  absl::string_view Header(const std::string& name) const {
    const auto found = headers.find(name);
    return found == headers.end() ? absl::string_view() : found->second;
  }
};

// The time in a header such as Date; nullopt if it is none.
std::optional<absl::Time> ParseHttpDate(absl::string_view text);

// How long the header Retry-After asks to wait: seconds, or a date, which is held
// against the remote's own clock if the response shows that. Between zero and a day;
// nullopt if there is none.
std::optional<absl::Duration> RetryAfterOf(const HttpResponse& response);

}  // namespace gitsync

#endif  // GITSYNC_SERVER_HTTP_CLIENT_HTTP_MESSAGE_H_
