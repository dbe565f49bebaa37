#ifndef GITSYNC_SERVER_GIT_TRANSPORT_HTTPS_LOGINS_H_
#define GITSYNC_SERVER_GIT_TRANSPORT_HTTPS_LOGINS_H_

#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "server/base/context.h"
#include "server/base/secret.h"
#include "server/git/transport/remote.h"

namespace gitsync {

// What an HTTPS remote is told in each request.
struct HttpsLogin {
  std::string username;
  Secret token;
  // Changes with the token; no secret. Names kept connections, so that an old token's
  // are not used.
  std::string id;
};

// Metadata of errors: the step that failed in asking for a token as a GitHub App.
inline constexpr absl::string_view kLoginStep = "login_step";
inline constexpr absl::string_view kAppStep = "app";
inline constexpr absl::string_view kInstallationStep = "installation";

// Where logins for HTTPS remotes come from. Thread-safe.
class HttpsLogins {
 public:
  virtual ~HttpsLogins() = default;

  // The login for a remote. Blocks on the network if a token has to be asked for, until
  // the context's deadline or cancellation.
  //
  // Errors: UNAUTHENTICATED (REMOTE_AUTH_FAILED) if the remote has no credentials of a
  // kind that this object serves; those of asking for a token.
  virtual absl::StatusOr<HttpsLogin> Get(const Remote& remote,
                                         const Context& context) = 0;

  // Takes note that the remote refused `login` (HTTP 401). Returns whether the next Get
  // brings another one, so that trying again is worth it. Does not block.
  virtual bool Reject(const Remote& remote, const HttpsLogin& login) = 0;
};

// Gives out the user name and token of remotes with HttpsCredentials, as they are.
class StaticLogins : public HttpsLogins {
 public:
  absl::StatusOr<HttpsLogin> Get(const Remote& remote, const Context& context) override;
  bool Reject(const Remote&, const HttpsLogin&) override { return false; }
};

}  // namespace gitsync

#endif  // GITSYNC_SERVER_GIT_TRANSPORT_HTTPS_LOGINS_H_
