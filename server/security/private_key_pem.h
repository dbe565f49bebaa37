#ifndef GITSYNC_SERVER_SECURITY_PRIVATE_KEY_PEM_H_
#define GITSYNC_SERVER_SECURITY_PRIVATE_KEY_PEM_H_

#include <string>

#include "absl/status/statusor.h"
#include "server/base/secret.h"

namespace gitsync {

// An RSA private key of a GitHub App.
struct RsaPrivateKeyPem {
  Secret pem;               // with real line ends
  std::string fingerprint;  // "SHA256:" and base64 of the public half's DER, as GitHub
                            // shows it
};

// Checks and tidies a PEM private key, PKCS#1 or PKCS#8. Also accepts `\n` written as
// two characters. INVALID_ARGUMENT, bare, saying what is wrong, if the text is not an
// RSA private key of at least 2048 bits, or is encrypted.
absl::StatusOr<RsaPrivateKeyPem> ParseRsaPrivateKeyPem(const Secret& pem);

}  // namespace gitsync

#endif  // GITSYNC_SERVER_SECURITY_PRIVATE_KEY_PEM_H_
