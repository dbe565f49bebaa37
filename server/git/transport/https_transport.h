#ifndef GITSYNC_SERVER_GIT_TRANSPORT_HTTPS_TRANSPORT_H_
#define GITSYNC_SERVER_GIT_TRANSPORT_HTTPS_TRANSPORT_H_

#include <memory>

#include "server/git/transport/https_habits.h"
#include "server/git/transport/https_logins.h"
#include "server/git/transport/https_stream.h"
#include "server/git/transport/transport.h"
#include "server/http_client/http_client.h"

namespace gitsync {

// Serves HTTPS remotes. Connections are kept and used again, for the same host, port,
// login and authorities.
class HttpsTransport : public GitTransport {
 public:
  // Both outlive this object.
  HttpsTransport(HttpClient* client, HttpsLogins* logins)
      : with_{client, logins, &habits_, &tries_} {}

  absl::StatusOr<std::unique_ptr<GitStream>> Open(const Remote& remote,
                                                  GitService service,
                                                  const Context& context) override;
  absl::StatusOr<std::unique_ptr<GitStream>> OpenUnasked(
      const Remote& remote, const Context& context) override;
  void Shutdown() override { with_.client->Close(); }

 private:
  HttpsHabits habits_;
  HttpsTries tries_;
  const HttpsStream::With with_;
};

}  // namespace gitsync

#endif  // GITSYNC_SERVER_GIT_TRANSPORT_HTTPS_TRANSPORT_H_
