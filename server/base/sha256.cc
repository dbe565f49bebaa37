#include "server/base/sha256.h"

#include <openssl/evp.h>

#include <cstdlib>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"

namespace gitsync {
namespace {

// EVP_sha256() would look the algorithm up among the providers each time, which takes
// longer than hashing a token. Never freed.
const EVP_MD* Algorithm() {
  static const EVP_MD* const sha256 = EVP_MD_fetch(nullptr, "SHA2-256", nullptr);
  return sha256;
}

// Fails only if OpenSSL itself can't be loaded; then nothing here is safe.
void Require(bool done) {
  if (!done) std::abort();
}

}  // namespace

void Sha256Hasher::Free::operator()(evp_md_ctx_st* context) const {
  EVP_MD_CTX_free(context);
}

Sha256Hasher::Sha256Hasher() : context_(EVP_MD_CTX_new()) {
  Require(context_ != nullptr &&
          EVP_DigestInit_ex(context_.get(), Algorithm(), nullptr) == 1);
}

void Sha256Hasher::Update(absl::string_view bytes) {
  Require(EVP_DigestUpdate(context_.get(), bytes.data(), bytes.size()) == 1);
}

std::string Sha256Hasher::Finish() {
  std::string digest(32, '\0');
  unsigned size = 0;
  Require(EVP_DigestFinal_ex(context_.get(),
                             reinterpret_cast<unsigned char*>(digest.data()),
                             &size) == 1 &&
          size == digest.size());
  return digest;
}

std::string Sha256(absl::string_view bytes) {
  Sha256Hasher hasher;
  hasher.Update(bytes);
  return hasher.Finish();
}

std::string Sha256Hex(absl::string_view bytes) {
  return absl::BytesToHexString(Sha256(bytes));
}

std::string Sha256Fingerprint(absl::string_view bytes, bool padded) {
  std::string base64 = absl::Base64Escape(Sha256(bytes));
  if (!padded) base64.resize(base64.find_last_not_of('=') + 1);
  return absl::StrCat("SHA256:", base64);
}

}  // namespace gitsync
