#include "server/security/openssl_util.h"

#include <openssl/err.h>

#include <array>
#include <cstdlib>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "server/base/error.h"

namespace gitsync {

std::string Sha256(absl::string_view text) {
  // EVP_sha256() would be looked up among the providers each time, which takes longer
  // than to hash a token. Never freed.
  static const EVP_MD* const sha256 = EVP_MD_fetch(nullptr, "SHA2-256", nullptr);
  std::string digest(32, '\0');
  unsigned size = 0;
  // It fails only where OpenSSL itself can't be loaded, where nothing here is safe.
  if (sha256 == nullptr ||
      EVP_Digest(text.data(), text.size(), Bytes(digest), &size, sha256, nullptr) !=
          1 ||
      size != digest.size()) {
    std::abort();
  }
  return digest;
}

std::string Sha256Fingerprint(absl::string_view der, bool padded) {
  std::string base64 = absl::Base64Escape(Sha256(der));
  if (!padded) base64.resize(base64.find_last_not_of('=') + 1);
  return absl::StrCat("SHA256:", base64);
}

absl::Status OpensslError(absl::string_view call) {
  std::array<char, 256> text{};
  ERR_error_string_n(ERR_get_error(), text.data(), text.size());
  ERR_clear_error();
  return InternalError(absl::StrCat(call, ": ", text.data()));
}

}  // namespace gitsync
