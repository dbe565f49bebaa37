#include "server/git/object/sha1.h"

#include <openssl/evp.h>

#include "server/base/error.h"

namespace gitsync {

absl::string_view BytesOf(const git_oid& id) {
  return {reinterpret_cast<const char*>(id.id), GIT_OID_RAWSZ};
}

void Sha1::Free::operator()(evp_md_ctx_st* context) const { EVP_MD_CTX_free(context); }

Sha1::Sha1() : context_(EVP_MD_CTX_new()) {
  failed_ = context_ == nullptr ||
            EVP_DigestInit_ex(context_.get(), EVP_sha1(), nullptr) != 1;
}

void Sha1::Update(absl::string_view bytes) {
  failed_ =
      failed_ || EVP_DigestUpdate(context_.get(), bytes.data(), bytes.size()) != 1;
}

absl::StatusOr<git_oid> Sha1::End() {
  git_oid id = {};
  failed_ = failed_ || EVP_DigestFinal_ex(context_.get(), id.id, nullptr) != 1;
  if (failed_) return InternalError("SHA-1 failed");
  return id;
}

}  // namespace gitsync
