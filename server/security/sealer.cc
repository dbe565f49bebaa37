#include "server/security/sealer.h"

#include <openssl/rand.h>

#include <algorithm>
#include <memory>
#include <utility>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "server/base/error.h"
#include "server/base/sha256.h"
#include "server/security/openssl_util.h"
#include "server/security/wiped_string.h"

namespace gitsync {
namespace {

constexpr size_t kKeyIdBytes = 4;
constexpr size_t kHeaderBytes = kSealHeaderBytes;
static_assert(kHeaderBytes == 1 + kKeyIdBytes);
constexpr size_t kNonceBytes = 12;
constexpr size_t kTagBytes = 16;
constexpr size_t kOverheadBytes = kHeaderBytes + kNonceBytes + kTagBytes;
// Far above any key or token, and within the range of OpenSSL's length type.
constexpr size_t kMaxSecretBytes = size_t{1} << 20;
constexpr char kVersion = 1;

using CipherPtr = std::unique_ptr<EVP_CIPHER_CTX, OpensslDeleter<EVP_CIPHER_CTX_free>>;

std::string KeyId(const Secret& key) {
  return Sha256(key.Reveal()).substr(0, kKeyIdBytes);
}

// The header is authenticated together with the identity, so that no part of a record
// can be swapped.
std::string AssociatedData(absl::string_view header, absl::string_view identity) {
  return absl::StrCat(header, identity);
}

absl::Status Altered() {
  return InternalError(
      "a sealed secret was altered, or belongs to another record than it is kept in");
}

}  // namespace

absl::StatusOr<Sealer> Sealer::Create(std::vector<Secret> keys) {
  if (keys.empty()) return absl::InvalidArgumentError("There is no master key.");
  for (const Secret& key : keys) {
    if (key.Reveal().size() != kMasterKeyBytes) {
      return absl::InvalidArgumentError("A master key has to be of 32 bytes.");
    }
  }
  return Sealer(std::move(keys));
}

absl::StatusOr<std::string> Sealer::Seal(const Secret& secret,
                                         absl::string_view identity) const {
  const absl::string_view plain = secret.Reveal();
  if (plain.size() > kMaxSecretBytes) {
    return absl::InvalidArgumentError("A secret has to be at most 1 MiB long.");
  }
  const Secret& key = keys_.front();
  const std::string header = absl::StrCat(std::string(1, kVersion), KeyId(key));
  const std::string associated = AssociatedData(header, identity);
  std::string nonce(kNonceBytes, '\0');
  if (RAND_bytes(Bytes(nonce), kNonceBytes) != 1) return OpensslError("RAND_bytes");

  std::string ciphertext(plain.size(), '\0');
  std::string tag(kTagBytes, '\0');
  const CipherPtr cipher(EVP_CIPHER_CTX_new());
  int length = 0;
  int rest = 0;
  if (cipher == nullptr ||
      EVP_EncryptInit_ex2(cipher.get(), EVP_aes_256_gcm(), Bytes(key.Reveal()),
                          Bytes(nonce), nullptr) != 1 ||
      EVP_EncryptUpdate(cipher.get(), nullptr, &length, Bytes(associated),
                        static_cast<int>(associated.size())) != 1 ||
      EVP_EncryptUpdate(cipher.get(), Bytes(ciphertext), &length, Bytes(plain),
                        static_cast<int>(plain.size())) != 1 ||
      EVP_EncryptFinal_ex(cipher.get(), Bytes(ciphertext) + length, &rest) != 1 ||
      EVP_CIPHER_CTX_ctrl(cipher.get(), EVP_CTRL_AEAD_GET_TAG, kTagBytes, tag.data()) !=
          1) {
    return OpensslError("AES-256-GCM encryption");
  }
  return absl::StrCat(header, nonce, ciphertext, tag);
}

absl::StatusOr<Secret> Sealer::Open(absl::string_view sealed,
                                    absl::string_view identity) const {
  if (sealed.size() < kOverheadBytes ||
      sealed.size() > kOverheadBytes + kMaxSecretBytes || sealed[0] != kVersion) {
    return Altered();
  }
  const absl::string_view header = sealed.substr(0, kHeaderBytes);
  const auto key = std::find_if(
      keys_.begin(), keys_.end(),
      [&](const Secret& candidate) { return header.substr(1) == KeyId(candidate); });
  if (key == keys_.end()) {
    return absl::FailedPreconditionError(
        "A secret was sealed with a master key that is not here; add the key that was "
        "used before to the master keys.");
  }
  const absl::string_view nonce = sealed.substr(kHeaderBytes, kNonceBytes);
  const absl::string_view ciphertext =
      sealed.substr(kHeaderBytes + kNonceBytes, sealed.size() - kOverheadBytes);
  std::string tag(sealed.substr(sealed.size() - kTagBytes));
  const std::string associated = AssociatedData(header, identity);

  WipedString plain(ciphertext.size());
  plain.bytes().resize(ciphertext.size());
  const CipherPtr cipher(EVP_CIPHER_CTX_new());
  int length = 0;
  int rest = 0;
  if (cipher == nullptr ||
      EVP_DecryptInit_ex2(cipher.get(), EVP_aes_256_gcm(), Bytes(key->Reveal()),
                          Bytes(nonce), nullptr) != 1 ||
      EVP_DecryptUpdate(cipher.get(), nullptr, &length, Bytes(associated),
                        static_cast<int>(associated.size())) != 1 ||
      EVP_DecryptUpdate(cipher.get(), Bytes(plain.bytes()), &length, Bytes(ciphertext),
                        static_cast<int>(ciphertext.size())) != 1 ||
      EVP_CIPHER_CTX_ctrl(cipher.get(), EVP_CTRL_AEAD_SET_TAG, kTagBytes, tag.data()) !=
          1) {
    return OpensslError("AES-256-GCM decryption");
  }
  if (EVP_DecryptFinal_ex(cipher.get(), Bytes(plain.bytes()) + length, &rest) != 1) {
    return Altered();
  }
  return plain.Release();
}

bool Sealer::HasKeyFor(absl::string_view header) const {
  if (header.size() != kHeaderBytes || header[0] != kVersion) return false;
  return std::any_of(keys_.begin(), keys_.end(),
                     [&](const Secret& key) { return header.substr(1) == KeyId(key); });
}

std::vector<std::string> Sealer::KeyIds() const {
  std::vector<std::string> ids;
  for (const Secret& key : keys_) ids.push_back(absl::BytesToHexString(KeyId(key)));
  return ids;
}

std::string SealKeyId(absl::string_view header) {
  return absl::BytesToHexString(header.substr(std::min<size_t>(1, header.size())));
}

}  // namespace gitsync
