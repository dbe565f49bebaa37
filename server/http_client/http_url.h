#ifndef GITSYNC_SERVER_HTTP_CLIENT_HTTP_URL_H_
#define GITSYNC_SERVER_HTTP_CLIENT_HTTP_URL_H_

#include <string>

#include "absl/status/statusor.h"

namespace gitsync {

// Where an https:// URL leads.
struct HttpOrigin {
  std::string host;  // lower case; an IPv6 address without brackets
  int port = 443;

  bool operator==(const HttpOrigin&) const = default;
};

// INVALID_ARGUMENT (INVALID_REQUEST) if the URL is none of https, or has a user name or
// password in it.
absl::StatusOr<HttpOrigin> ParseHttpsUrl(const std::string& url);

// The URL that the header Location of an answer to `url` leads to, up to its path: what
// follows may hold a secret. Empty if it is none of https, or can't be read.
std::string RedirectTarget(const std::string& url, const std::string& location);

}  // namespace gitsync

#endif  // GITSYNC_SERVER_HTTP_CLIENT_HTTP_URL_H_
