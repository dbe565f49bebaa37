// The material that gitsyncd needs and that the configuration only refers to.

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
  std::optional<TlsMaterial> tls;  // nullopt if there is no TLS
  MasterKeys master_keys;
  HostKeys host_keys;
  std::string backend_ca;  // PEM; if empty, the system's authorities
};

// Applies the configured level and format to the log. Thread-safe.
void ApplyLogSettings(const config::v1::ServerConfig& config);

// Reads and checks every file that the configuration names, and the master key from the
// environment, if there is one. Blocks on the disk.
//
// INVALID_ARGUMENT, bare, naming the setting and what is wrong with it, for the
// operator.
absl::StatusOr<Material> LoadMaterial(const config::v1::ServerConfig& config,
                                      const std::optional<Secret>& master_key);

}  // namespace gitsync

#endif  // GITSYNC_SERVER_APP_MATERIAL_H_
