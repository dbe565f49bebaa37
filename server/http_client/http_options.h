#ifndef GITSYNC_SERVER_HTTP_CLIENT_HTTP_OPTIONS_H_
#define GITSYNC_SERVER_HTTP_CLIENT_HTTP_OPTIONS_H_

#include <string>

#include "absl/strings/string_view.h"
#include "absl/time/time.h"

namespace gitsync {

// The way out, where there is no direct one.
struct HttpProxy {
  std::string url;     // of the proxy; empty: none
  std::string bypass;  // hosts that are asked directly, as NO_PROXY lists them

  // HTTPS_PROXY and NO_PROXY, or their names in lower case, which come first.
  static HttpProxy FromEnvironment();

  // Whether `host` is asked through the proxy. `bypass` lists names, which stand for
  // their subdomains too, and addresses, between commas or spaces; "*" is every host.
  bool Serves(absl::string_view host) const;
};

// What HTTP clients are allowed and limited to.
struct HttpOptions {
  // Whether hosts may have loopback, link-local and private addresses. Of a host that
  // is asked through a proxy, the address is the proxy's business.
  bool allow_private = false;
  HttpProxy proxy = HttpProxy::FromEnvironment();
  std::string user_agent = "gitsync";
  // How long a host may be silent.
  absl::Duration stall_limit = absl::Seconds(30);
  // How long connecting may take, with TLS.
  absl::Duration connect_timeout = absl::Seconds(10);
  // Connections that are kept while nobody uses them: how many, and for how long.
  int max_idle_sessions = 64;
  absl::Duration max_idle_time = absl::Minutes(4);
};

}  // namespace gitsync

#endif  // GITSYNC_SERVER_HTTP_CLIENT_HTTP_OPTIONS_H_
