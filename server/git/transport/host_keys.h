// Which host keys a remote may show.

#ifndef GITSYNC_SERVER_GIT_TRANSPORT_HOST_KEYS_H_
#define GITSYNC_SERVER_GIT_TRANSPORT_HOST_KEYS_H_

#include <memory>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace gitsync {

// A host key by its fingerprint.
struct HostKey {
  std::string type;         // "ssh-ed25519", "ecdsa-sha2-nistp256", "ssh-rsa", ...
  std::string fingerprint;  // "SHA256:" and unpadded base64

  bool operator==(const HostKey&) const = default;
};

// Takes "type base64" apart. INVALID_ARGUMENT, bare, if it is no public key.
absl::StatusOr<HostKey> ParseHostKey(absl::string_view key);

// The keys that are known for hosts: those that well-known hosts publish, and those of
// a file in known_hosts form. Immutable, so thread-safe.
class HostKeys {
 public:
  // Only the published ones.
  HostKeys() = default;

  // Reads known_hosts text: plain and hashed names, "[host]:port", wildcards,
  // negation, @revoked. @cert-authority lines are left out, with a log line. Keys
  // for a host replace the published ones of that host.
  //
  // INVALID_ARGUMENT, bare, with the number of a line that can't be read.
  static absl::StatusOr<HostKeys> Parse(absl::string_view known_hosts);

  // The same from a file; an empty path gives only the published keys. Blocks on the
  // disk. NOT_FOUND, bare, if it can't be read.
  static absl::StatusOr<HostKeys> Load(const std::string& path);

  // The keys that `host` may show; none: nothing is known of it.
  std::vector<HostKey> Allowed(absl::string_view host, int port) const;

  // Whether the key must not be accepted for `host`, whoever pinned it.
  bool IsRevoked(absl::string_view host, int port, const HostKey& key) const;

 private:
  struct Line {
    std::vector<std::string> patterns;
    HostKey key;
    bool revoked = false;
  };

  std::vector<Line> lines_;
};

// Host keys that may be replaced while they are in use. Copies are the same ones.
// Thread-safe.
class SharedHostKeys {
 public:
  SharedHostKeys(HostKeys keys = {});  // NOLINT: host keys as they are given

  // Those of now.
  std::shared_ptr<const HostKeys> Get() const;
  // Connections that are made from now on are held against `keys`.
  void Set(HostKeys keys);

 private:
  struct State;
  std::shared_ptr<State> state_;
};

// What to hold a shown host key against.
struct HostKeyDemand {
  std::string host;
  int port = 22;
  std::string pinned;                // "type base64", or empty
  std::string expected_fingerprint;  // or empty
};

// Keys of the demand, best first: the pinned one, else the allowed ones.
//
// FAILED_PRECONDITION (HOST_KEY_MISMATCH) if the pinned key is no key.
absl::StatusOr<std::vector<HostKey>> DemandedKeys(const HostKeys& known,
                                                  const HostKeyDemand& demand);

// OK if the demand is met by `shown`.
//
// FAILED_PRECONDITION (HOST_KEY_MISMATCH) with the metadata `expected_fingerprint` and
// `fingerprint`.
absl::Status CheckHostKey(const HostKeys& known, const HostKeyDemand& demand,
                          const HostKey& shown);

}  // namespace gitsync

#endif  // GITSYNC_SERVER_GIT_TRANSPORT_HOST_KEYS_H_
