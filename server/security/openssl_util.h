// OpenSSL helpers that the files of this folder share.

#ifndef GITSYNC_SERVER_SECURITY_OPENSSL_UTIL_H_
#define GITSYNC_SERVER_SECURITY_OPENSSL_UTIL_H_

#include <openssl/evp.h>

#include <memory>
#include <string>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"

namespace gitsync {

// Frees an OpenSSL object with its own function.
template <auto Free>
struct OpensslDeleter {
  template <typename T>
  void operator()(T* object) const {
    Free(object);
  }
};

using PkeyPtr = std::unique_ptr<EVP_PKEY, OpensslDeleter<EVP_PKEY_free>>;

inline unsigned char* Bytes(std::string& text) {
  return reinterpret_cast<unsigned char*>(text.data());
}
inline const unsigned char* Bytes(absl::string_view text) {
  return reinterpret_cast<const unsigned char*>(text.data());
}

// An InternalError for `call` with OpenSSL's message; clears OpenSSL's error queue.
absl::Status OpensslError(absl::string_view call);

}  // namespace gitsync

#endif  // GITSYNC_SERVER_SECURITY_OPENSSL_UTIL_H_
