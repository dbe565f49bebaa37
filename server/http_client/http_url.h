#ifndef GITSYNC_SERVER_HTTP_CLIENT_HTTP_URL_H_
#define GITSYNC_SERVER_HTTP_CLIENT_HTTP_URL_H_

#include <string>

#include "absl/status/statusor.h"

namespace gitsync {

// The origin of an https:// URL.
struct HttpOrigin {
  std::string host;  // lowercase; an IPv6 address without brackets
  int port = 443;

  bool operator==(const HttpOrigin&) const = default;
};

// INVALID_ARGUMENT (INVALID_REQUEST) if the URL is not an https URL, or contains a user
// name or password.
absl::StatusOr<HttpOrigin> ParseHttpsUrl(const std::string& url);

// The URL that the Location header of an answer to `url` leads to, up to its path,
// because the rest may contain a secret. Empty if it is not an https URL or can't be
// parsed.
std::string RedirectTarget(const std::string& url, const std::string& location);

}  // namespace gitsync

#endif  // GITSYNC_SERVER_HTTP_CLIENT_HTTP_URL_H_
