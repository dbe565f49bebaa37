#ifndef GITSYNC_SERVER_GIT_TRANSPORT_HTTPS_TRANSPORT_H_
#define GITSYNC_SERVER_GIT_TRANSPORT_HTTPS_TRANSPORT_H_

#include <memory>

#include "server/git/transport/https_logins.h"
#include "server/git/transport/transport.h"
#include "server/http_client/http_client.h"

namespace gitsync {

// Serves HTTPS remotes. Connections are kept and used again, for the same host, port,
// login and authorities.
class HttpsTransport : public GitTransport {
 public:
  // Both outlive this object.
  HttpsTransport(HttpClient* client, HttpsLogins* logins)
      : client_(client), logins_(logins) {}

  absl::StatusOr<std::unique_ptr<GitStream>> Open(const Remote& remote,
                                                  GitService service,
                                                  const Context& context) override;
  absl::StatusOr<std::unique_ptr<GitStream>> OpenUnasked(
      const Remote& remote, const Context& context) override;
  void Shutdown() override { client_->Close(); }

 private:
  HttpClient* const client_;
  HttpsLogins* const logins_;
};

}  // namespace gitsync

#endif  // GITSYNC_SERVER_GIT_TRANSPORT_HTTPS_TRANSPORT_H_
