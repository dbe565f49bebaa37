#include "server/security/private_key_pem.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <openssl/bio.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509.h>

#include <string>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "tests/support/status_matchers.h"

namespace gitsync {
namespace {

using ::testing::HasSubstr;

std::string Take(BIO* bio) {
  char* data = nullptr;
  const auto size = static_cast<size_t>(BIO_get_mem_data(bio, &data));
  std::string text(data, size);
  BIO_free(bio);
  return text;
}

std::string Pkcs8(EVP_PKEY* key, const EVP_CIPHER* cipher = nullptr) {
  BIO* bio = BIO_new(BIO_s_mem());
  unsigned char password[] = "secret";
  PEM_write_bio_PKCS8PrivateKey(bio, key, cipher, reinterpret_cast<char*>(password),
                                cipher == nullptr ? 0 : 6, nullptr, nullptr);
  return Take(bio);
}

std::string Pkcs1(EVP_PKEY* key) {
  BIO* bio = BIO_new(BIO_s_mem());
  PEM_write_bio_PrivateKey_traditional(bio, key, nullptr, nullptr, 0, nullptr, nullptr);
  return Take(bio);
}

// What GitHub's documentation gives as the way to compute it: openssl rsa -pubout
// -outform DER | openssl sha256 -binary | openssl base64.
std::string Fingerprint(EVP_PKEY* key) {
  BIO* bio = BIO_new(BIO_s_mem());
  i2d_PUBKEY_bio(bio, key);
  const std::string der = Take(bio);
  std::string digest(32, '\0');
  EVP_Digest(der.data(), der.size(), reinterpret_cast<unsigned char*>(digest.data()),
             nullptr, EVP_sha256(), nullptr);
  return absl::StrCat("SHA256:", absl::Base64Escape(digest));
}

class PrivateKeyPemTest : public ::testing::Test {
 protected:
  static void SetUpTestSuite() {
    key_ = EVP_PKEY_Q_keygen(nullptr, nullptr, "RSA", size_t{2048});
  }
  static void TearDownTestSuite() { EVP_PKEY_free(key_); }

  static void ExpectRefused(const std::string& pem, const std::string& words) {
    const absl::Status status = ParseRsaPrivateKeyPem(Secret(pem)).status();
    EXPECT_THAT(status, HasCode(absl::StatusCode::kInvalidArgument));
    EXPECT_THAT(std::string(status.message()), HasSubstr(words));
  }

  static EVP_PKEY* key_;
};
EVP_PKEY* PrivateKeyPemTest::key_ = nullptr;

TEST_F(PrivateKeyPemTest, TakesPkcs1AndPkcs8InEveryFormOfLineEnd) {
  for (const std::string& pem : {Pkcs1(key_), Pkcs8(key_)}) {
    for (const char* line_end : {"\n", "\r\n", "\\n", "\\r\\n"}) {
      ASSERT_OK_AND_ASSIGN(
          const RsaPrivateKeyPem parsed,
          ParseRsaPrivateKeyPem(Secret(absl::StrReplaceAll(pem, {{"\n", line_end}}))));
      EXPECT_EQ(parsed.pem.Reveal(), Pkcs8(key_));
      EXPECT_EQ(parsed.fingerprint, Fingerprint(key_));
    }
  }
}

TEST_F(PrivateKeyPemTest, RefusesOtherThings) {
  ExpectRefused("", "no PEM private key");
  ExpectRefused("-----BEGIN PUBLIC KEY-----\nAAAA\n", "no PEM private key");
  ExpectRefused(std::string(70000, 'x'), "longer than 64 KiB");
  ExpectRefused(Pkcs8(key_).substr(0, 500), "can't be read");
  ExpectRefused(Pkcs8(key_, EVP_aes_256_cbc()), "encrypted");
}

TEST_F(PrivateKeyPemTest, RefusesOtherTypesAndShortKeys) {
  EVP_PKEY* ed25519 = EVP_PKEY_Q_keygen(nullptr, nullptr, "ED25519");
  ExpectRefused(Pkcs8(ed25519), "not an RSA key");
  EVP_PKEY_free(ed25519);
  EVP_PKEY* small = EVP_PKEY_Q_keygen(nullptr, nullptr, "RSA", size_t{1024});
  ExpectRefused(Pkcs8(small), "fewer than 2048 bits");
  EVP_PKEY_free(small);
}

TEST_F(PrivateKeyPemTest, MessagesDoNotRepeatTheKey) {
  std::string broken = Pkcs8(key_);
  broken.erase(100, 4);
  const absl::Status status = ParseRsaPrivateKeyPem(Secret(broken)).status();
  EXPECT_EQ(status.ToString().find(broken.substr(40, 20)), std::string::npos);
  EXPECT_FALSE(status.ok());
}

}  // namespace
}  // namespace gitsync
