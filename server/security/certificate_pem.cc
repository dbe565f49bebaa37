#include "server/security/certificate_pem.h"

#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/x509.h>

#include <memory>

#include "absl/strings/match.h"
#include "server/security/openssl_util.h"

namespace gitsync {
namespace {

// A system's whole certificate bundle has about 250 KiB.
constexpr size_t kMaxCertificateBytes = size_t{1} << 20;

using BioPtr = std::unique_ptr<BIO, OpensslDeleter<BIO_free>>;
using X509Ptr = std::unique_ptr<X509, OpensslDeleter<X509_free>>;

}  // namespace

absl::Status CheckCertificatePem(absl::string_view pem) {
  if (pem.size() > kMaxCertificateBytes) {
    return absl::InvalidArgumentError("must have at most 1 MiB");
  }
  if (absl::StrContains(pem, "PRIVATE KEY-----")) {
    return absl::InvalidArgumentError(
        "must have certificates only; it has a private key, which is not needed");
  }
  const BioPtr input(BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size())));
  if (input == nullptr) return OpensslError("BIO_new_mem_buf");
  int certificates = 0;
  while (X509Ptr(PEM_read_bio_X509(input.get(), nullptr, nullptr, nullptr)) !=
         nullptr) {
    ++certificates;
  }
  const bool at_end = ERR_GET_REASON(ERR_peek_last_error()) == PEM_R_NO_START_LINE;
  ERR_clear_error();
  if (certificates > 0 && at_end) return absl::OkStatus();
  return absl::InvalidArgumentError(
      certificates == 0 && at_end
          ? "must be PEM: it has no '-----BEGIN CERTIFICATE-----'"
          : "has a certificate that can't be read; copy the whole file, with its line "
            "ends");
}

}  // namespace gitsync
