// Secrets at rest: AES-256-GCM under a master key (NIST SP 800-38D).
//
// A sealed record is  version (1 byte, 1) | key id (4) | nonce (12) | ciphertext |
// tag (16).  The key id is the first 4 bytes of SHA-256 of the key, so that a record
// says which key opens it and keys can rotate.

#ifndef GITSYNC_SERVER_SECURITY_SEALER_H_
#define GITSYNC_SERVER_SECURITY_SEALER_H_

#include <string>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "server/base/secret.h"

namespace gitsync {

// What AES-256 takes.
inline constexpr size_t kMasterKeyBytes = 32;
// What a sealed record begins with: version and key id.
inline constexpr size_t kSealHeaderBytes = 5;

// Seals and opens secrets. Thread-safe; does not block.
class Sealer {
 public:
  // `keys` are of kMasterKeyBytes each. The first seals; all open. INVALID_ARGUMENT if
  // there is none or one is of another length.
  static absl::StatusOr<Sealer> Create(std::vector<Secret> keys);

  // Seals `secret` so that it opens only for the same `identity`: name the record
  // that it is kept in, for example "git_config/<organization id>".
  absl::StatusOr<std::string> Seal(const Secret& secret,
                                   absl::string_view identity) const;

  // Opens what Seal returned. FAILED_PRECONDITION if no key here fits, INTERNAL if it
  // was altered or belongs to another identity.
  absl::StatusOr<Secret> Open(absl::string_view sealed,
                              absl::string_view identity) const;

  // Whether a record that begins with `header`, of kSealHeaderBytes, is of a form that
  // this program knows and was sealed with a key that is here.
  bool HasKeyFor(absl::string_view header) const;

  // The ids of the keys, as 8 hexadecimal digits each. They are no secrets.
  std::vector<std::string> KeyIds() const;

 private:
  explicit Sealer(std::vector<Secret> keys) : keys_(std::move(keys)) {}
  std::vector<Secret> keys_;
};

// The key id in such a header, in the same form.
std::string SealKeyId(absl::string_view header);

// Reads master keys from text, with white space between them: 64 hexadecimal digits, or
// base64 of 32 bytes, each; the first seals. FAILED_PRECONDITION if there is none or
// one is no key.
absl::StatusOr<std::vector<Secret>> ParseMasterKeys(const Secret& text);

// Reads the master keys from `path`, a file of what ParseMasterKeys takes. If there is
// no such file and `create` is set, makes it with one new key and mode 0600; of several
// processes that do so at once, one makes it and all read the same. Blocks on the disk.
//
// Errors are bare and for the operator: FAILED_PRECONDITION if the file can't be made
// or read, others may read it, or a line is no key; NOT_FOUND without `create`.
absl::StatusOr<std::vector<Secret>> LoadMasterKeys(const std::string& path,
                                                   bool create);

}  // namespace gitsync

#endif  // GITSYNC_SERVER_SECURITY_SEALER_H_
