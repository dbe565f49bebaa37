#ifndef GITSYNC_SERVER_SECURITY_WIPED_STRING_H_
#define GITSYNC_SERVER_SECURITY_WIPED_STRING_H_

#include <openssl/crypto.h>

#include <cstddef>
#include <string>

#include "absl/strings/string_view.h"
#include "server/base/secret.h"

namespace gitsync {

// A buffer in which a secret is assembled. It is overwritten on destruction. Its
// capacity is reserved from the start, because a string that grows leaves its old bytes
// behind.
class WipedString {
 public:
  explicit WipedString(size_t room) { bytes_.reserve(room); }
  ~WipedString() { OPENSSL_cleanse(bytes_.data(), bytes_.capacity()); }

  WipedString(const WipedString&) = delete;
  WipedString& operator=(const WipedString&) = delete;

  // Writable; must not grow beyond the reserved capacity.
  std::string& bytes() { return bytes_; }
  absl::string_view view() const { return bytes_; }

  // The bytes as a secret; this buffer is empty afterwards.
  Secret Release() {
    Secret secret{std::string(bytes_)};
    OPENSSL_cleanse(bytes_.data(), bytes_.size());
    bytes_.clear();
    return secret;
  }

 private:
  std::string bytes_;
};

}  // namespace gitsync

#endif  // GITSYNC_SERVER_SECURITY_WIPED_STRING_H_
