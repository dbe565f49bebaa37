// What gitsyncd works with that the configuration only points at.

#ifndef GITSYNC_SERVER_APP_MATERIAL_H_
#define GITSYNC_SERVER_APP_MATERIAL_H_

#include <optional>
#include <string>

#include "absl/status/statusor.h"
#include "gitsync/config/v1/server_config.pb.h"
#include "server/app/master_keys.h"
#include "server/base/secret.h"
#include "server/git/transport/host_keys.h"
#include "server/rpc/connection/tls.h"

namespace gitsync {

struct Material {
  std::optional<TlsMaterial> tls;  // nullopt: no TLS
  MasterKeys master_keys;
  HostKeys host_keys;
  std::string backend_ca;  // PEM; empty: the system's authorities
};

// Brings the log to the level and the form that are configured. Thread-safe.
void ApplyLogSettings(const config::v1::ServerConfig& config);

// Reads and checks every file that the configuration names, and the master key that
// the environment has, if it has one. Blocks on the disk.
//
// INVALID_ARGUMENT, bare, naming the setting and what is wrong: for the operator.
absl::StatusOr<Material> LoadMaterial(const config::v1::ServerConfig& config,
                                      const std::optional<Secret>& master_key);

}  // namespace gitsync

#endif  // GITSYNC_SERVER_APP_MATERIAL_H_
