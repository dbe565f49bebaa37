#ifndef GITSYNC_SERVER_HTTP_CLIENT_HTTP_OPTIONS_H_
#define GITSYNC_SERVER_HTTP_CLIENT_HTTP_OPTIONS_H_

#include <string>

#include "absl/strings/string_view.h"
#include "absl/time/time.h"

namespace gitsync {

// The proxy to use where there is no direct way out.
struct HttpProxy {
  std::string url;     // of the proxy; if empty, there is none
  std::string bypass;  // hosts that are connected to directly, as in NO_PROXY

  // Reads HTTPS_PROXY and NO_PROXY, or their lowercase names, which take precedence.
  static HttpProxy FromEnvironment();

  // Whether `host` is reached through the proxy. `bypass` lists names, which include
  // their subdomains, and addresses, separated by commas or spaces; "*" matches every
  // host.
  bool Serves(absl::string_view host) const;
};

// Permissions and limits of HTTP clients.
struct HttpOptions {
  // Whether hosts may have loopback, link-local and private addresses. The address of a
  // host that is reached through a proxy is left to the proxy.
  bool allow_private = false;
  HttpProxy proxy = HttpProxy::FromEnvironment();
  std::string user_agent = "gitsync";
  // How long a host may be silent.
  absl::Duration stall_limit = absl::Seconds(30);
  // How long connecting may take, including TLS.
  absl::Duration connect_timeout = absl::Seconds(10);
  // The limits for idle connections that are kept: how many, and for how long.
  int max_idle_sessions = 64;
  absl::Duration max_idle_time = absl::Minutes(4);
};

}  // namespace gitsync

#endif  // GITSYNC_SERVER_HTTP_CLIENT_HTTP_OPTIONS_H_
