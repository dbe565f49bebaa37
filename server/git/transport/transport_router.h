#ifndef GITSYNC_SERVER_GIT_TRANSPORT_TRANSPORT_ROUTER_H_
#define GITSYNC_SERVER_GIT_TRANSPORT_TRANSPORT_ROUTER_H_

#include <memory>

#include "server/git/transport/https_logins.h"
#include "server/git/transport/https_transport.h"
#include "server/git/transport/local_transport.h"
#include "server/git/transport/ssh_transport.h"
#include "server/git/transport/transport.h"
#include "server/git/transport/transport_options.h"

namespace gitsync {

// Every transport that there is, by the scheme of the remote's URL.
//
// Errors of Open besides GitTransport's: INVALID_ARGUMENT (INVALID_GIT_URL) for file,
// where the options don't allow it.
class TransportRouter : public GitTransport {
 public:
  // `http` and `logins` are for https, and outlive this object.
  TransportRouter(const TransportOptions& options, HttpClient* http,
                  HttpsLogins* logins)
      : allow_file_(options.allow_file),
        local_(options.stall_limit),
        ssh_(options),
        https_(http, logins) {}

  absl::StatusOr<std::unique_ptr<GitStream>> Open(const Remote& remote,
                                                  GitService service,
                                                  const Context& context) override;
  absl::StatusOr<std::unique_ptr<GitStream>> OpenUnasked(
      const Remote& remote, const Context& context) override;
  void GetReady(const Remote& remote, const Context& context) override;
  void Shutdown() override;

 private:
  const bool allow_file_;
  LocalTransport local_;
  SshTransport ssh_;
  HttpsTransport https_;
};

}  // namespace gitsync

#endif  // GITSYNC_SERVER_GIT_TRANSPORT_TRANSPORT_ROUTER_H_
