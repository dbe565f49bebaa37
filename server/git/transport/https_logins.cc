#include "server/git/transport/https_logins.h"

#include <openssl/evp.h>

#include <variant>

#include "absl/strings/escaping.h"
#include "server/base/error.h"
#include "server/base/reason.h"

namespace gitsync {
namespace {

// Tells tokens apart.
std::string HashOf(const Secret& token) {
  unsigned char digest[EVP_MAX_MD_SIZE];
  unsigned int size = 0;
  EVP_Digest(token.Reveal().data(), token.Reveal().size(), digest, &size, EVP_sha256(),
             nullptr);
  return absl::BytesToHexString({reinterpret_cast<const char*>(digest), size});
}

}  // namespace

absl::StatusOr<HttpsLogin> StaticLogins::Get(const Remote& remote, const Context&) {
  const auto* given = std::get_if<HttpsCredentials>(&remote.credentials);
  if (given == nullptr) {
    return Error(absl::StatusCode::kUnauthenticated, reason::kRemoteAuthFailed,
                 "An HTTPS remote needs a token; configure one for it.")
        .ToStatus();
  }
  return HttpsLogin{given->username, given->token, HashOf(given->token)};
}

}  // namespace gitsync
