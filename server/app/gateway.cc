#include "server/app/gateway.h"

#include <grpcpp/create_channel.h>
#include <grpcpp/security/credentials.h>

#include <string>
#include <utility>
#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "server/base/status_macros.h"
#include "server/config/server_config.h"
#include "server/gateway/docs/docs_page.h"
#include "server/gateway/openapi.h"
#include "server/gateway/transcoding/route.h"

namespace gitsync {
namespace {

using config::v1::ServerConfig;

// The same as the server's own limit.
constexpr int kMaxMessageBytes = 40 << 20;
// The longest pause before the gateway tries again to reach the server.
constexpr int kMaxReconnectMs = 5'000;
constexpr int kKeepaliveTimeMs = 60'000;

class GatewayAlone : public Application {
 public:
  GatewayAlone(std::string backend, std::unique_ptr<gateway::GatewayServer> gateway)
      : backend_(std::move(backend)), gateway_(std::move(gateway)) {}
  ~GatewayAlone() override { Stop(absl::InfinitePast()); }

  std::string grpc_address() const override { return backend_; }
  std::string http_address() const override { return gateway_->address(); }
  absl::Status Reload(const ServerConfig&, Material material) override {
    return material.tls.has_value() ? gateway_->SetTls(GatewayTlsOf(*material.tls))
                                    : absl::OkStatus();
  }
  void Stop(absl::Time deadline) override { gateway_->Stop(deadline); }

 private:
  const std::string backend_;
  const std::unique_ptr<gateway::GatewayServer> gateway_;
};

std::shared_ptr<grpc::Channel> DialBackend(const ServerConfig& config,
                                           const std::string& ca) {
  grpc::ChannelArguments arguments;
  arguments.SetMaxReceiveMessageSize(kMaxMessageBytes);
  arguments.SetMaxSendMessageSize(kMaxMessageBytes);
  arguments.SetInt(GRPC_ARG_MAX_RECONNECT_BACKOFF_MS, kMaxReconnectMs);
  arguments.SetInt(GRPC_ARG_KEEPALIVE_TIME_MS, kKeepaliveTimeMs);
  grpc::SslCredentialsOptions options;
  options.pem_root_certs = ca;
  return grpc::CreateCustomChannel(config.backend(),
                                   BackendUsesTls(config)
                                       ? grpc::SslCredentials(options)
                                       : grpc::InsecureChannelCredentials(),
                                   arguments);
}

}  // namespace

gateway::GatewayTls GatewayTlsOf(const TlsMaterial& tls) {
  return {tls.certificate_chain, tls.private_key, tls.client_ca};
}

absl::StatusOr<std::unique_ptr<gateway::GatewayServer>> StartGateway(
    const ServerConfig& config, const std::optional<TlsMaterial>& tls,
    std::shared_ptr<grpc::Channel> channel, LogLevel call_level) {
  if (config.http_listen() == "off") return std::unique_ptr<gateway::GatewayServer>();
  gateway::GatewayServer::Options options;
  options.http.listen = config.http_listen();
  options.http.limits.max_connections = config.http_max_connections();
  if (tls.has_value()) options.http.tls = GatewayTlsOf(*tls);
  options.api.channel = std::move(channel);
  options.api.methods = gateway::AllMethods();
  options.api.documents = gateway::DocsPage();
  gateway::StaticDocument& openapi = options.api.documents.emplace_back();
  openapi.path = "/openapi.json";
  openapi.content_type = "application/json";
  openapi.text = gateway::OpenApiDocument();
  options.api.max_timeout = absl::Seconds(config.http_max_timeout_seconds());
  options.api.call_log_level = call_level;
  for (const absl::string_view origin :
       absl::StrSplit(config.cors_allowed_origins(), ',', absl::SkipWhitespace())) {
    options.api.cors_origins.emplace_back(absl::StripAsciiWhitespace(origin));
  }
  return gateway::GatewayServer::Start(std::move(options));
}

absl::StatusOr<std::unique_ptr<Application>> StartGatewayAlone(
    const ServerConfig& config, const Material& material) {
  ASSIGN_OR_RETURN(
      std::unique_ptr<gateway::GatewayServer> gateway,
      StartGateway(config, material.tls, DialBackend(config, material.backend_ca),
                   LogLevel::kInfo));
  Log(LogLevel::kInfo, "serving",
      {{"backend", config.backend()},
       {"http", gateway->address()},
       {"tls", material.tls.has_value()},
       {"backend_tls", BackendUsesTls(config)}});
  return std::unique_ptr<Application>(
      std::make_unique<GatewayAlone>(config.backend(), std::move(gateway)));
}

}  // namespace gitsync
