#include "server/rpc/connection/tls.h"

#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509.h>

#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "server/base/read_file.h"
#include "server/base/status_macros.h"

namespace gitsync {
namespace {

using BioPtr = std::unique_ptr<BIO, decltype(&BIO_free)>;
using X509Ptr = std::unique_ptr<X509, decltype(&X509_free)>;
using KeyPtr = std::unique_ptr<EVP_PKEY, decltype(&EVP_PKEY_free)>;

absl::Status Refuse(const std::string& file, absl::string_view what) {
  // OpenSSL's error queue says nothing more useful than `what`.
  ERR_clear_error();
  return absl::InvalidArgumentError(absl::StrCat(file, " ", what));
}

BioPtr Open(absl::string_view pem) {
  return BioPtr(BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size())), &BIO_free);
}

X509Ptr FirstCertificate(absl::string_view pem) {
  const BioPtr bio = Open(pem);
  return X509Ptr(PEM_read_bio_X509(bio.get(), nullptr, nullptr, nullptr), &X509_free);
}

// Refuses to ask on a terminal for a passphrase.
int NoPassphrase(char*, int, int, void*) { return -1; }

}  // namespace

absl::StatusOr<TlsMaterial> LoadTlsMaterial(const std::string& certificate_file,
                                            const std::string& private_key_file,
                                            const std::string& client_ca_file) {
  TlsMaterial material;
  ASSIGN_OR_RETURN(material.certificate_chain, ReadFile(certificate_file));
  ASSIGN_OR_RETURN(std::string key_pem, ReadFile(private_key_file));
  material.private_key = Secret(std::move(key_pem));

  const X509Ptr certificate = FirstCertificate(material.certificate_chain);
  if (!certificate) return Refuse(certificate_file, "holds no PEM certificate");
  if (X509_cmp_current_time(X509_get0_notAfter(certificate.get())) <= 0) {
    return Refuse(certificate_file, "has expired");
  }
  const BioPtr key_bio = Open(material.private_key.Reveal());
  const KeyPtr key(
      PEM_read_bio_PrivateKey(key_bio.get(), nullptr, &NoPassphrase, nullptr),
      &EVP_PKEY_free);
  if (!key) {
    return Refuse(private_key_file, "holds no PEM private key without a passphrase");
  }
  if (X509_check_private_key(certificate.get(), key.get()) != 1) {
    return Refuse(
        private_key_file,
        absl::StrCat("is not the key of the certificate in ", certificate_file));
  }
  if (!client_ca_file.empty()) {
    ASSIGN_OR_RETURN(material.client_ca, ReadFile(client_ca_file));
    if (!FirstCertificate(material.client_ca)) {
      return Refuse(client_ca_file, "holds no PEM certificate");
    }
  }
  return material;
}

}  // namespace gitsync
