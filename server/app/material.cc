#include "server/app/material.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "server/base/logging.h"
#include "server/base/read_file.h"
#include "server/base/status_macros.h"
#include "server/security/certificate_pem.h"

namespace gitsync {
namespace {

absl::Status Wrong(absl::string_view setting, const absl::Status& status) {
  return absl::InvalidArgumentError(absl::StrCat(setting, ": ", status.message()));
}

absl::StatusOr<std::string> LoadBackendCa(const std::string& file) {
  if (file.empty()) return std::string();
  ASSIGN_OR_RETURN(std::string pem, ReadFile(file));
  const absl::Status checked = CheckCertificatePem(pem);
  if (!checked.ok()) return Wrong(absl::StrCat("backend_ca_file ", file), checked);
  return pem;
}

}  // namespace

void ApplyLogSettings(const config::v1::ServerConfig& config) {
  LogLevel level = LogLevel::kInfo;
  ParseLogLevel(config.log_level(), &level);
  ConfigureLogging(level,
                   config.log_format() == "text" ? LogFormat::kText : LogFormat::kJson);
}

absl::StatusOr<Material> LoadMaterial(const config::v1::ServerConfig& config,
                                      const std::optional<Secret>& master_key) {
  Material material;
  if (!config.tls_certificate_file().empty()) {
    ASSIGN_OR_RETURN(material.tls, LoadTlsMaterial(config.tls_certificate_file(),
                                                   config.tls_private_key_file(),
                                                   config.tls_client_ca_file()));
  }
  ASSIGN_OR_RETURN(material.master_keys, LoadGivenMasterKeys(config, master_key));
  absl::StatusOr<HostKeys> host_keys = HostKeys::Load(config.known_hosts_file());
  if (!host_keys.ok()) {
    return Wrong(absl::StrCat("known_hosts_file ", config.known_hosts_file()),
                 host_keys.status());
  }
  material.host_keys = *std::move(host_keys);
  ASSIGN_OR_RETURN(material.backend_ca, LoadBackendCa(config.backend_ca_file()));
  return material;
}

}  // namespace gitsync
