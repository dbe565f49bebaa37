#include "server/git/transport/https_logins.h"

#include <variant>

#include "server/base/error.h"
#include "server/base/reason.h"
#include "server/base/sha256.h"

namespace gitsync {

absl::StatusOr<HttpsLogin> StaticLogins::Get(const Remote& remote, const Context&) {
  const auto* given = std::get_if<HttpsCredentials>(&remote.credentials);
  if (given == nullptr) {
    return Error(absl::StatusCode::kUnauthenticated, reason::kRemoteAuthFailed,
                 "An HTTPS remote needs a token; configure one for it.")
        .ToStatus();
  }
  return HttpsLogin{given->username, given->token, Sha256Hex(given->token.Reveal())};
}

}  // namespace gitsync
