#ifndef GITSYNC_SERVER_SECURITY_SSH_KEY_H_
#define GITSYNC_SERVER_SECURITY_SSH_KEY_H_

#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "server/base/secret.h"

namespace gitsync {

enum class SshKeyType { kEd25519, kRsa4096 };

// An SSH key pair.
struct SshKeyPair {
  // OpenSSH's own private key format (PROTOCOL.key), not encrypted. For libssh.
  Secret private_key;
  // OpenSSH's one-line form: type, base64, comment.
  std::string public_key;
};

// Generates a key pair with OpenSSL. Blocks: an RSA key takes up to several seconds.
// `comment` ends the public key's line; characters that could break the line are
// replaced.
absl::StatusOr<SshKeyPair> GenerateSshKey(SshKeyType type, absl::string_view comment);

// The fingerprint of a key as `ssh-keygen -l` prints it: "SHA256:" and unpadded base64.
// The key is in the one-line form, or "type base64". INVALID_ARGUMENT if it is neither.
absl::StatusOr<std::string> SshFingerprint(absl::string_view public_key);

}  // namespace gitsync

#endif  // GITSYNC_SERVER_SECURITY_SSH_KEY_H_
