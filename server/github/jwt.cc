#include "server/github/jwt.h"

#include <openssl/bio.h>
#include <openssl/evp.h>
#include <openssl/pem.h>

#include <memory>
#include <string>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "server/base/error.h"
#include "server/base/status_macros.h"
#include "server/github/json.h"
#include "server/security/openssl_util.h"

namespace gitsync {
namespace {

constexpr absl::Duration kIssuedBefore = absl::Seconds(60);
constexpr absl::Duration kGoodFor = absl::Minutes(9);

constexpr absl::string_view kHeader = R"({"alg":"RS256","typ":"JWT"})";

absl::StatusOr<std::string> Claims(absl::string_view app_id, absl::Time now) {
  ASSIGN_OR_RETURN(const std::string quoted, QuoteJson(app_id));
  const int64_t issued = absl::ToUnixSeconds(now - kIssuedBefore);
  return absl::StrCat("{\"exp\":", issued + absl::ToInt64Seconds(kGoodFor),
                      ",\"iat\":", issued, ",\"iss\":", quoted, "}");
}

// RSASSA-PKCS1-v1_5 with SHA-256, which is RS256.
absl::StatusOr<std::string> Sign(const Secret& private_key, absl::string_view text) {
  const absl::string_view pem = private_key.Reveal();
  const std::unique_ptr<BIO, OpensslDeleter<BIO_free>> input(
      BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size())));
  const PkeyPtr key(PEM_read_bio_PrivateKey(input.get(), nullptr, nullptr, nullptr));
  if (key == nullptr || EVP_PKEY_is_a(key.get(), "RSA") != 1) {
    return OpensslError("PEM_read_bio_PrivateKey");
  }
  const std::unique_ptr<EVP_MD_CTX, OpensslDeleter<EVP_MD_CTX_free>> context(
      EVP_MD_CTX_new());
  std::string signature(static_cast<size_t>(EVP_PKEY_get_size(key.get())), '\0');
  size_t size = signature.size();
  if (EVP_DigestSignInit(context.get(), nullptr, EVP_sha256(), nullptr, key.get()) !=
          1 ||
      EVP_DigestSign(context.get(), Bytes(signature), &size, Bytes(text),
                     text.size()) != 1) {
    return OpensslError("EVP_DigestSign");
  }
  signature.resize(size);
  return signature;
}

}  // namespace

absl::StatusOr<Secret> SignAppJwt(absl::string_view app_id, const Secret& private_key,
                                  absl::Time now) {
  ASSIGN_OR_RETURN(const std::string claims, Claims(app_id, now));
  const std::string text = absl::StrCat(absl::WebSafeBase64Escape(kHeader), ".",
                                        absl::WebSafeBase64Escape(claims));
  ASSIGN_OR_RETURN(const std::string signature, Sign(private_key, text));
  return Secret(absl::StrCat(text, ".", absl::WebSafeBase64Escape(signature)));
}

}  // namespace gitsync
