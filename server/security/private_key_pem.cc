#include "server/security/private_key_pem.h"

#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/x509.h>

#include <memory>

#include "absl/strings/match.h"
#include "server/base/sha256.h"
#include "server/base/status_macros.h"
#include "server/security/openssl_util.h"
#include "server/security/wiped_string.h"

namespace gitsync {
namespace {

constexpr size_t kMaxKeyBytes = size_t{64} << 10;
constexpr int kMinBits = 2048;

using BioPtr = std::unique_ptr<BIO, OpensslDeleter<BIO_free>>;

// Appends `pem` with line ends in place of a literal `\n` (two characters), and without
// carriage returns.
void AppendWithLineEnds(absl::string_view pem, std::string& out) {
  for (size_t i = 0; i < pem.size(); ++i) {
    if (pem[i] == '\\' && i + 1 < pem.size() &&
        (pem[i + 1] == 'n' || pem[i + 1] == 'r')) {
      if (pem[++i] == 'n') out.push_back('\n');
    } else if (pem[i] != '\r') {
      out.push_back(pem[i]);
    }
  }
  out.push_back('\n');
}

// Without this, OpenSSL would ask for a passphrase on the terminal.
int NoPassphrase(char* /*buffer*/, int /*size*/, int /*writing*/, void* /*data*/) {
  return -1;
}

absl::StatusOr<PkeyPtr> ReadKey(absl::string_view pem) {
  if (absl::StrContains(pem, "ENCRYPTED")) {
    return absl::InvalidArgumentError(
        "the private key is encrypted; give it without a passphrase");
  }
  if (!absl::StrContains(pem, "-----BEGIN RSA PRIVATE KEY-----") &&
      !absl::StrContains(pem, "-----BEGIN PRIVATE KEY-----")) {
    return absl::InvalidArgumentError(
        "it is no PEM private key: it has no line '-----BEGIN RSA PRIVATE KEY-----' or "
        "'-----BEGIN PRIVATE KEY-----'");
  }
  const BioPtr input(BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size())));
  PkeyPtr key(PEM_read_bio_PrivateKey(input.get(), nullptr, NoPassphrase, nullptr));
  ERR_clear_error();
  if (key == nullptr) {
    return absl::InvalidArgumentError(
        "the private key can't be read; copy the whole file, with its line ends");
  }
  return key;
}

absl::Status CheckKey(EVP_PKEY* key) {
  if (EVP_PKEY_is_a(key, "RSA") != 1) {
    return absl::InvalidArgumentError("the private key is not an RSA key");
  }
  if (EVP_PKEY_get_bits(key) < kMinBits) {
    return absl::InvalidArgumentError("the RSA key has fewer than 2048 bits");
  }
  const std::unique_ptr<EVP_PKEY_CTX, OpensslDeleter<EVP_PKEY_CTX_free>> check(
      EVP_PKEY_CTX_new_from_pkey(nullptr, key, nullptr));
  const bool good = check != nullptr && EVP_PKEY_check(check.get()) == 1;
  ERR_clear_error();
  if (good) return absl::OkStatus();
  return absl::InvalidArgumentError("the numbers of the RSA key do not fit together");
}

// Writes the same key as PEM that every reader accepts.
absl::StatusOr<Secret> WriteKey(EVP_PKEY* key) {
  const BioPtr output(BIO_new(BIO_s_secmem()));
  if (output == nullptr || PEM_write_bio_PrivateKey(output.get(), key, nullptr, nullptr,
                                                    0, nullptr, nullptr) != 1) {
    return OpensslError("PEM_write_bio_PrivateKey");
  }
  char* data = nullptr;
  const long size = BIO_get_mem_data(output.get(), &data);  // NOLINT: OpenSSL's type
  return Secret(std::string(data, static_cast<size_t>(size)));
}

absl::StatusOr<std::string> PublicFingerprint(EVP_PKEY* key) {
  unsigned char* der = nullptr;
  const int size = i2d_PUBKEY(key, &der);
  if (size <= 0) return OpensslError("i2d_PUBKEY");
  const std::string fingerprint = Sha256Fingerprint(
      absl::string_view(reinterpret_cast<const char*>(der), static_cast<size_t>(size)),
      /*padded=*/true);
  OPENSSL_free(der);
  return fingerprint;
}

}  // namespace

absl::StatusOr<RsaPrivateKeyPem> ParseRsaPrivateKeyPem(const Secret& pem) {
  if (pem.Reveal().size() > kMaxKeyBytes) {
    return absl::InvalidArgumentError("the private key is longer than 64 KiB");
  }
  WipedString tidy(pem.Reveal().size() + 1);
  AppendWithLineEnds(pem.Reveal(), tidy.bytes());
  ASSIGN_OR_RETURN(const PkeyPtr key, ReadKey(tidy.view()));
  RETURN_IF_ERROR(CheckKey(key.get()));
  RsaPrivateKeyPem result;
  ASSIGN_OR_RETURN(result.pem, WriteKey(key.get()));
  ASSIGN_OR_RETURN(result.fingerprint, PublicFingerprint(key.get()));
  return result;
}

}  // namespace gitsync
