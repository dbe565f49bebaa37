#include "tests/support/test_ca.h"

#include <gtest/gtest.h>
#include <openssl/crypto.h>
#include <openssl/pem.h>
#include <openssl/rand.h>
#include <openssl/x509v3.h>

#include "absl/strings/str_join.h"
#include "tests/support/test_remote.h"

namespace gitsync {
namespace {

template <typename Writer>
std::string Pem(Writer write) {
  const std::unique_ptr<BIO, int (*)(BIO*)> bio(BIO_new(BIO_s_mem()), BIO_free);
  EXPECT_EQ(write(bio.get()), 1);
  char* data = nullptr;
  const long size = BIO_get_mem_data(bio.get(), &data);
  return std::string(data, static_cast<size_t>(size));
}

void AddExtension(X509* certificate, X509* issuer, int id, const std::string& value) {
  X509V3_CTX context;
  X509V3_set_ctx(&context, issuer, certificate, nullptr, nullptr, 0);
  X509_EXTENSION* extension = X509V3_EXT_conf_nid(nullptr, &context, id, value.c_str());
  ASSERT_NE(extension, nullptr) << value;
  X509_add_ext(certificate, extension, -1);
  X509_EXTENSION_free(extension);
}

// An unsigned certificate for `key`.
std::shared_ptr<X509> NewCertificate(EVP_PKEY* key, const char* name, absl::Time now) {
  std::shared_ptr<X509> certificate(X509_new(), X509_free);
  X509_set_version(certificate.get(), X509_VERSION_3);
  uint64_t serial = 0;
  RAND_bytes(reinterpret_cast<unsigned char*>(&serial), sizeof(serial));
  ASN1_INTEGER_set_uint64(X509_get_serialNumber(certificate.get()), serial >> 1);
  const absl::Duration hour = absl::Hours(1);
  ASN1_TIME_set(X509_getm_notBefore(certificate.get()), absl::ToTimeT(now - hour));
  ASN1_TIME_set(X509_getm_notAfter(certificate.get()), absl::ToTimeT(now + hour));
  X509_set_pubkey(certificate.get(), key);
  X509_NAME* const subject = X509_NAME_new();
  X509_NAME_add_entry_by_txt(subject, "CN", MBSTRING_ASC,
                             reinterpret_cast<const unsigned char*>(name), -1, -1, 0);
  X509_set_subject_name(certificate.get(), subject);
  X509_NAME_free(subject);
  return certificate;
}

}  // namespace

TestCa::TestCa()
    : key_(EVP_EC_gen("P-256"), EVP_PKEY_free),
      certificate_(NewCertificate(key_.get(), "GitSync test CA", absl::Now())) {
  X509_set_issuer_name(certificate_.get(), X509_get_subject_name(certificate_.get()));
  AddExtension(certificate_.get(), certificate_.get(), NID_basic_constraints,
               "critical,CA:TRUE");
  AddExtension(certificate_.get(), certificate_.get(), NID_key_usage,
               "critical,keyCertSign,cRLSign");
  AddExtension(certificate_.get(), certificate_.get(), NID_subject_key_identifier,
               "hash");
  EXPECT_GT(X509_sign(certificate_.get(), key_.get(), EVP_sha256()), 0);
}

std::string TestCa::certificate() const {
  return Pem([this](BIO* bio) { return PEM_write_bio_X509(bio, certificate_.get()); });
}

TestCertificate TestCa::Issue(const std::vector<std::string>& names,
                              absl::Time now) const {
  const std::unique_ptr<EVP_PKEY, void (*)(EVP_PKEY*)> key(EVP_EC_gen("P-256"),
                                                           EVP_PKEY_free);
  const std::shared_ptr<X509> certificate = NewCertificate(key.get(), "server", now);
  X509_set_issuer_name(certificate.get(), X509_get_subject_name(certificate_.get()));
  AddExtension(certificate.get(), certificate_.get(), NID_subject_alt_name,
               absl::StrJoin(names, ","));
  AddExtension(certificate.get(), certificate_.get(), NID_ext_key_usage, "serverAuth");
  AddExtension(certificate.get(), certificate_.get(), NID_authority_key_identifier,
               "keyid");
  EXPECT_GT(X509_sign(certificate.get(), key_.get(), EVP_sha256()), 0);
  return {Pem([&](BIO* bio) { return PEM_write_bio_X509(bio, certificate.get()); }),
          Pem([&](BIO* bio) {
            return PEM_write_bio_PKCS8PrivateKey(bio, key.get(), nullptr, nullptr, 0,
                                                 nullptr, nullptr);
          })};
}

void WriteSelfSigned(const std::string& folder) {
  // A gRPC thread may outlive OpenSSL, whose data for it would be reported as a leak.
  OPENSSL_init_crypto(OPENSSL_INIT_NO_ATEXIT, nullptr);
  const CommandResult made = RunCommand(
      {"openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt",
       "ec_paramgen_curve:P-256", "-nodes", "-days", "2", "-subj", "/CN=localhost",
       "-addext", "subjectAltName=DNS:localhost,IP:127.0.0.1", "-keyout",
       folder + "/key.pem", "-out", folder + "/cert.pem"});
  EXPECT_EQ(made.status, 0) << made.output;
}

}  // namespace gitsync
