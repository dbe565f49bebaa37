#ifndef GITSYNC_SERVER_BASE_SHA256_H_
#define GITSYNC_SERVER_BASE_SHA256_H_

#include <memory>
#include <string>

#include "absl/strings/string_view.h"

struct evp_md_ctx_st;

namespace gitsync {

// SHA-256 of bytes that arrive in pieces. Ends the process if OpenSSL can't be used at
// all or memory runs out.
class Sha256Hasher {
 public:
  Sha256Hasher();
  void Update(absl::string_view bytes);
  // The 32 bytes. Call once, at the end.
  std::string Finish();

 private:
  struct Free {
    void operator()(evp_md_ctx_st* context) const;
  };
  std::unique_ptr<evp_md_ctx_st, Free> context_;
};

// SHA-256 of `bytes`: 32 bytes, or 64 hexadecimal digits.
std::string Sha256(absl::string_view bytes);
std::string Sha256Hex(absl::string_view bytes);

// "SHA256:" and the base64 of the SHA-256 of `bytes`, padded with "=" or not: the form
// in which people compare keys.
std::string Sha256Fingerprint(absl::string_view bytes, bool padded);

}  // namespace gitsync

#endif  // GITSYNC_SERVER_BASE_SHA256_H_
