// Formats: RFC 4253 section 6.6 and RFC 8709 for public keys, and OpenSSH's
// PROTOCOL.key for private keys.

#include "server/security/ssh_key.h"

#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/rand.h>

#include <algorithm>
#include <array>
#include <cstdint>
#include <memory>
#include <utility>
#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "server/base/error.h"
#include "server/base/sha256.h"
#include "server/base/status_macros.h"
#include "server/security/openssl_util.h"
#include "server/security/wiped_string.h"

namespace gitsync {
namespace {

constexpr char kEd25519[] = "ssh-ed25519";
constexpr char kRsa[] = "ssh-rsa";
constexpr size_t kEd25519Bytes = 32;
constexpr size_t kRsaBits = 4096;
constexpr size_t kMaxCommentBytes = 200;
constexpr size_t kBlockBytes = 8;
constexpr size_t kLineChars = 70;
// More than an RSA key of 4096 bits needs in any of the formats here.
constexpr size_t kRoom = 16384;

using BignumPtr = std::unique_ptr<BIGNUM, OpensslDeleter<BN_clear_free>>;

void AppendUint32(uint32_t value, std::string& out) {
  for (int shift = 24; shift >= 0; shift -= 8) {
    out.push_back(static_cast<char>(value >> shift & 0xff));
  }
}

void AppendField(absl::string_view bytes, std::string& out) {
  AppendUint32(static_cast<uint32_t>(bytes.size()), out);
  out.append(bytes.data(), bytes.size());
}

// Appends the number `name` of an RSA key as an mpint of RFC 4251.
absl::Status AppendNumber(const EVP_PKEY* key, const char* name, std::string& out) {
  BIGNUM* raw = nullptr;
  if (EVP_PKEY_get_bn_param(key, name, &raw) != 1) {
    return OpensslError("EVP_PKEY_get_bn_param");
  }
  const BignumPtr number(raw);
  const auto size = static_cast<size_t>(BN_num_bytes(number.get()));
  WipedString bytes(size + 1);
  bytes.bytes().resize(size);
  BN_bn2bin(number.get(), Bytes(bytes.bytes()));
  // A leading 1 bit would make it negative.
  if (size > 0 && (bytes.view()[0] & 0x80) != 0) bytes.bytes().insert(0, 1, '\0');
  AppendField(bytes.view(), out);
  return absl::OkStatus();
}

absl::Status AppendNumbers(const EVP_PKEY* key, const std::vector<const char*>& names,
                           std::string& out) {
  for (const char* name : names) RETURN_IF_ERROR(AppendNumber(key, name, out));
  return absl::OkStatus();
}

// Appends the public blob and the fields of the private section, without the comment.
absl::Status Ed25519Fields(const EVP_PKEY* key, std::string& blob,
                           std::string& section) {
  std::string public_bytes(kEd25519Bytes, '\0');
  WipedString pair(2 * kEd25519Bytes);
  pair.bytes().resize(kEd25519Bytes);
  size_t public_size = kEd25519Bytes;
  size_t private_size = kEd25519Bytes;
  if (EVP_PKEY_get_raw_public_key(key, Bytes(public_bytes), &public_size) != 1 ||
      EVP_PKEY_get_raw_private_key(key, Bytes(pair.bytes()), &private_size) != 1 ||
      public_size != kEd25519Bytes || private_size != kEd25519Bytes) {
    return OpensslError("EVP_PKEY_get_raw_private_key");
  }
  pair.bytes().append(public_bytes);
  AppendField(kEd25519, blob);
  AppendField(public_bytes, blob);
  AppendField(kEd25519, section);
  AppendField(public_bytes, section);
  AppendField(pair.view(), section);
  return absl::OkStatus();
}

absl::Status RsaFields(const EVP_PKEY* key, std::string& blob, std::string& section) {
  AppendField(kRsa, blob);
  RETURN_IF_ERROR(
      AppendNumbers(key, {OSSL_PKEY_PARAM_RSA_E, OSSL_PKEY_PARAM_RSA_N}, blob));
  AppendField(kRsa, section);
  return AppendNumbers(key,
                       {OSSL_PKEY_PARAM_RSA_N, OSSL_PKEY_PARAM_RSA_E,
                        OSSL_PKEY_PARAM_RSA_D, OSSL_PKEY_PARAM_RSA_COEFFICIENT1,
                        OSSL_PKEY_PARAM_RSA_FACTOR1, OSSL_PKEY_PARAM_RSA_FACTOR2},
                       section);
}

Secret Armor(absl::string_view bytes) {
  WipedString base64(kRoom);
  absl::Base64Escape(bytes, &base64.bytes());
  WipedString text(kRoom);
  text.bytes().append("-----BEGIN OPENSSH PRIVATE KEY-----\n");
  for (absl::string_view rest = base64.view(); !rest.empty();
       rest.remove_prefix(std::min(rest.size(), kLineChars))) {
    const absl::string_view line = rest.substr(0, kLineChars);
    text.bytes().append(line.data(), line.size());
    text.bytes().push_back('\n');
  }
  text.bytes().append("-----END OPENSSH PRIVATE KEY-----\n");
  return text.Release();
}

// Keeps ASCII letters, digits and punctuation, and single spaces, which every host
// accepts.
std::string CleanComment(absl::string_view comment) {
  std::string clean(absl::StripAsciiWhitespace(comment.substr(0, kMaxCommentBytes)));
  for (char& c : clean) {
    if (c != ' ' && !absl::ascii_isgraph(static_cast<unsigned char>(c))) c = '_';
  }
  return clean;
}

}  // namespace

absl::StatusOr<SshKeyPair> GenerateSshKey(SshKeyType type, absl::string_view comment) {
  const bool rsa = type == SshKeyType::kRsa4096;
  const PkeyPtr key(rsa ? EVP_PKEY_Q_keygen(nullptr, nullptr, "RSA", kRsaBits)
                        : EVP_PKEY_Q_keygen(nullptr, nullptr, "ED25519"));
  if (key == nullptr) return OpensslError("EVP_PKEY_Q_keygen");

  const std::string clean = CleanComment(comment);
  std::array<unsigned char, 4> check{};
  if (RAND_bytes(check.data(), check.size()) != 1) return OpensslError("RAND_bytes");
  const absl::string_view check_bytes(reinterpret_cast<const char*>(check.data()),
                                      check.size());
  std::string blob;
  WipedString section(kRoom);
  // The same number twice: if the two match, a reader knows that it decrypted
  // correctly.
  absl::StrAppend(&section.bytes(), check_bytes, check_bytes);
  RETURN_IF_ERROR(rsa ? RsaFields(key.get(), blob, section.bytes())
                      : Ed25519Fields(key.get(), blob, section.bytes()));
  AppendField(clean, section.bytes());
  for (char pad = 1; section.view().size() % kBlockBytes != 0; ++pad) {
    section.bytes().push_back(pad);
  }

  WipedString file(kRoom);
  file.bytes().append("openssh-key-v1");
  file.bytes().push_back('\0');
  AppendField("none", file.bytes());  // cipher
  AppendField("none", file.bytes());  // key derivation
  AppendField("", file.bytes());      // its options
  AppendUint32(1, file.bytes());      // number of keys
  AppendField(blob, file.bytes());
  AppendField(section.view(), file.bytes());

  SshKeyPair pair;
  pair.private_key = Armor(file.view());
  pair.public_key = absl::StrCat(rsa ? kRsa : kEd25519, " ", absl::Base64Escape(blob),
                                 clean.empty() ? "" : " ", clean);
  return pair;
}

absl::StatusOr<std::string> SshFingerprint(absl::string_view public_key) {
  const std::vector<absl::string_view> words =
      absl::StrSplit(public_key, absl::ByAnyChar(" \t\r\n"), absl::SkipEmpty());
  std::string blob;
  if (words.size() >= 2 && absl::Base64Unescape(words[1], &blob)) {
    std::string type;
    AppendField(words[0], type);
    if (blob.size() > type.size() && blob.compare(0, type.size(), type) == 0) {
      return Sha256Fingerprint(blob, /*padded=*/false);
    }
  }
  return absl::InvalidArgumentError(
      "It is no SSH public key in the form 'type base64 comment'.");
}

}  // namespace gitsync
