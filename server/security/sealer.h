// Encrypts secrets at rest: AES-256-GCM under a master key (NIST SP 800-38D).
//
// A sealed record is  version (1 byte, 1) | key id (4) | nonce (12) | ciphertext | tag
// (16).  The key id is the first 4 bytes of the key's SHA-256. So a record says which
// key opens it, and keys can rotate.

#ifndef GITSYNC_SERVER_SECURITY_SEALER_H_
#define GITSYNC_SERVER_SECURITY_SEALER_H_

#include <string>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "server/base/secret.h"

namespace gitsync {

// The key size of AES-256.
inline constexpr size_t kMasterKeyBytes = 32;
// The size of a sealed record's header: version and key id.
inline constexpr size_t kSealHeaderBytes = 5;

// Seals and opens secrets. Thread-safe; does not block.
class Sealer {
 public:
  // Each of `keys` has kMasterKeyBytes. The first key seals; all keys open.
  // INVALID_ARGUMENT if there is no key, or one has another length.
  static absl::StatusOr<Sealer> Create(std::vector<Secret> keys);

  // Seals `secret` so that it opens only for the same `identity`. The identity should
  // name the record that holds the secret, for example "git_config/<organization id>".
  absl::StatusOr<std::string> Seal(const Secret& secret,
                                   absl::string_view identity) const;

  // Opens what Seal returned. FAILED_PRECONDITION if no key here fits. INTERNAL if the
  // record was altered or belongs to another identity.
  absl::StatusOr<Secret> Open(absl::string_view sealed,
                              absl::string_view identity) const;

  // Whether a record that begins with `header`, of kSealHeaderBytes, has a format that
  // this program knows and was sealed with one of these keys.
  bool HasKeyFor(absl::string_view header) const;

  // The ids of the keys, as 8 hexadecimal digits each. The ids are not secret.
  std::vector<std::string> KeyIds() const;

 private:
  explicit Sealer(std::vector<Secret> keys) : keys_(std::move(keys)) {}
  std::vector<Secret> keys_;
};

// The key id in such a header, as KeyIds returns it.
std::string SealKeyId(absl::string_view header);

// Parses master keys from text, separated by white space. Each is 64 hexadecimal
// digits, or base64 of 32 bytes. The first key seals. FAILED_PRECONDITION if there is
// no key or one is invalid.
absl::StatusOr<std::vector<Secret>> ParseMasterKeys(const Secret& text);

// Reads the master keys from `path`, a file in the format of ParseMasterKeys. If the
// file does not exist and `create` is set, creates it with one new key and mode 0600.
// If several processes do so at once, one of them creates it and all read the same key.
// Blocks on the disk.
//
// Errors are bare and for the operator. FAILED_PRECONDITION if the file can't be
// created or read, if others may read it, or if a line is not a key. NOT_FOUND if it
// does not exist and `create` is not set.
absl::StatusOr<std::vector<Secret>> LoadMasterKeys(const std::string& path,
                                                   bool create);

}  // namespace gitsync

#endif  // GITSYNC_SERVER_SECURITY_SEALER_H_
