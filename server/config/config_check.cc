#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"
#include "server/base/logging.h"
#include "server/config/host_port.h"
#include "server/config/server_config.h"

namespace gitsync {
namespace {

using Faults = std::vector<std::string>;

void CheckListen(const char* name, const std::string& value, Faults& faults) {
  std::string host;
  int port = 0;
  if (SplitHostPort(value, &host, &port)) return;
  faults.push_back(absl::StrCat(name, " must be HOST:PORT, with a port of 0 to 65535"));
}

void CheckReadable(const char* name, const std::string& file, Faults& faults) {
  if (file.empty() || access(file.c_str(), R_OK) == 0) return;
  faults.push_back(
      absl::StrCat(name, ": cannot read ", file, ": ", std::strerror(errno)));
}

void CheckRange(const char* name, int value, int max, Faults& faults) {
  if (value >= 1 && value <= max) return;
  faults.push_back(absl::StrCat(name, " must be 1 to ", max));
}

// Callers send access tokens. These must not cross a network in clear, unless that is
// explicitly allowed.
void CheckPlaintext(const char* name, const std::string& listen,
                    const config::v1::ServerConfig& config, Faults& faults) {
  std::string host;
  int port = 0;
  if (config.allow_plaintext_listen() || !config.tls_certificate_file().empty() ||
      !SplitHostPort(listen, &host, &port) || IsLoopbackHost(host)) {
    return;
  }
  faults.push_back(absl::StrCat(
      name, " ", listen,
      " is not on loopback, and without TLS callers' tokens would cross the network in "
      "clear: set tls_certificate_file and tls_private_key_file, or listen on "
      "127.0.0.1, "
      "or set allow_plaintext_listen if TLS ends before this server"));
}

// For example "https://ci.example.com:8443": the form that browsers send, without a
// path.
bool IsOrigin(absl::string_view origin) {
  if (origin == "*") return true;
  if (!absl::ConsumePrefix(&origin, "http://") &&
      !absl::ConsumePrefix(&origin, "https://")) {
    return false;
  }
  return !origin.empty() && origin.find_first_of("/?#@* \t") == absl::string_view::npos;
}

void CheckGateway(const config::v1::ServerConfig& config, Faults& faults) {
  if (config.gateway_only()) {
    CheckListen("backend", config.backend(), faults);
    if (config.http_listen() == "off") {
      faults.push_back("gateway_only needs http_listen, which is off");
    }
  } else if (!config.backend().empty() || !config.backend_ca_file().empty() ||
             config.backend_plaintext()) {
    faults.push_back(
        "backend, backend_ca_file and backend_plaintext are for gateway_only");
  }
  if (config.backend_plaintext() && !config.backend_ca_file().empty()) {
    faults.push_back("backend_plaintext and backend_ca_file exclude each other");
  }
  CheckReadable("backend_ca_file", config.backend_ca_file(), faults);
  for (const absl::string_view origin :
       absl::StrSplit(config.cors_allowed_origins(), ',', absl::SkipWhitespace())) {
    if (IsOrigin(absl::StripAsciiWhitespace(origin))) continue;
    faults.push_back(
        absl::StrCat("cors_allowed_origins: \"", origin,
                     "\" is neither * nor an origin such as https://ci.example.com"));
  }
  CheckRange("http_max_connections", config.http_max_connections(), 1'000'000, faults);
  CheckRange("http_max_timeout_seconds", config.http_max_timeout_seconds(), 3600,
             faults);
}

// Rejects what git would drop from a commit's header or could not write there.
bool IsGitIdentity(const std::string& text) {
  if (text.empty() || text.size() > 254) return false;
  for (const char c : text) {
    if (static_cast<unsigned char>(c) < 0x20 || c == '<' || c == '>' || c == 0x7f) {
      return false;
    }
  }
  return text.front() != ' ' && text.back() != ' ';
}

}  // namespace

absl::Status CheckConfig(const config::v1::ServerConfig& config) {
  Faults faults;
  CheckListen("grpc_listen", config.grpc_listen(), faults);
  if (config.http_listen() != "off") {
    CheckListen("http_listen", config.http_listen(), faults);
  }
  if (config.grpc_listen() == config.http_listen() &&
      !absl::EndsWith(config.grpc_listen(), ":0")) {
    faults.push_back("grpc_listen and http_listen must be different addresses");
  }
  if (!config.gateway_only()) {
    CheckPlaintext("grpc_listen", config.grpc_listen(), config, faults);
  }
  CheckPlaintext("http_listen", config.http_listen(), config, faults);
  CheckGateway(config, faults);
  if (config.tls_certificate_file().empty() != config.tls_private_key_file().empty()) {
    faults.push_back(
        "tls_certificate_file and tls_private_key_file must be set together");
  }
  if (!config.tls_client_ca_file().empty() && config.tls_certificate_file().empty()) {
    faults.push_back("tls_client_ca_file needs tls_certificate_file");
  }
  CheckReadable("tls_certificate_file", config.tls_certificate_file(), faults);
  CheckReadable("tls_private_key_file", config.tls_private_key_file(), faults);
  CheckReadable("tls_client_ca_file", config.tls_client_ca_file(), faults);
  CheckReadable("known_hosts_file", config.known_hosts_file(), faults);
  CheckReadable("master_key_file", config.master_key_file(), faults);
  CheckRange("git_workers", config.git_workers(), 1000, faults);
  CheckRange("git_queue_limit", config.git_queue_limit(), 1'000'000, faults);
  CheckRange("git_queue_limit_per_organization",
             config.git_queue_limit_per_organization(), 1'000'000, faults);
  CheckRange("mirrors_max_mib", config.mirrors_max_mib(), 1'000'000'000, faults);
  CheckRange("grpc_max_connections", config.grpc_max_connections(), 1'000'000, faults);
  CheckRange("git_timeout_seconds", config.git_timeout_seconds(), 3600, faults);
  CheckRange("remote_stall_seconds", config.remote_stall_seconds(), 3600, faults);
  CheckRange("drain_seconds", config.drain_seconds(), 3600, faults);
  LogLevel level;
  if (!ParseLogLevel(config.log_level(), &level)) {
    faults.push_back("log_level must be debug, info, warning or error");
  }
  if (config.log_format() != "json" && config.log_format() != "text") {
    faults.push_back("log_format must be json or text");
  }
  const std::string& ration = config.ssh_login_ration();
  if (ration != "auto" && ration != "always" && ration != "never") {
    faults.push_back("ssh_login_ration must be auto, always or never");
  }
  if (!IsGitIdentity(config.committer_name())) {
    faults.push_back("committer_name must be one line without \"<\" or \">\"");
  }
  if (!IsGitIdentity(config.committer_email()) ||
      !absl::StrContains(config.committer_email(), "@")) {
    faults.push_back("committer_email must be an e-mail address");
  }
  if (faults.empty()) return absl::OkStatus();
  return absl::InvalidArgumentError(absl::StrJoin(faults, "\n"));
}

}  // namespace gitsync
