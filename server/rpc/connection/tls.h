#ifndef GITSYNC_SERVER_RPC_CONNECTION_TLS_H_
#define GITSYNC_SERVER_RPC_CONNECTION_TLS_H_

#include <memory>
#include <string>

#include "absl/status/statusor.h"
#include "server/base/secret.h"

namespace gitsync {

// What a server presents over TLS, and which clients it accepts.
struct TlsMaterial {
  std::string certificate_chain;  // PEM
  Secret private_key;             // PEM
  std::string client_ca;          // PEM; empty: clients need no certificate
};

// Reads and checks the files: each must be PEM of its kind, the key must match the
// certificate, and the certificate must not have expired. `client_ca_file` may be
// empty. Blocks on the disk.
//
// INVALID_ARGUMENT, bare, naming the file and what is wrong with it: for the operator.
absl::StatusOr<TlsMaterial> LoadTlsMaterial(const std::string& certificate_file,
                                            const std::string& private_key_file,
                                            const std::string& client_ca_file);

}  // namespace gitsync

#endif  // GITSYNC_SERVER_RPC_CONNECTION_TLS_H_
