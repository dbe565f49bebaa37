#include "server/rpc/connection/server_tls.h"

#include <grpc/grpc.h>

#include <utility>

namespace gitsync {

grpc_server_credentials* ServerTls::Create(const TlsMaterial& material) {
  const auto request = material.client_ca.empty()
                           ? GRPC_SSL_DONT_REQUEST_CLIENT_CERTIFICATE
                           : GRPC_SSL_REQUEST_AND_REQUIRE_CLIENT_CERTIFICATE_AND_VERIFY;
  return grpc_ssl_server_credentials_create_with_options(
      grpc_ssl_server_credentials_create_options_using_config_fetcher(request, &Fetch,
                                                                      this));
}

#if GITSYNC_GRPC_HOLDS_CREDENTIALS
ServerTls::ServerTls(TlsMaterial material)
    : grpc::ServerCredentials(Create(material)), material_(std::move(material)) {}

ServerTls::~ServerTls() = default;
#else
ServerTls::ServerTls(TlsMaterial material)
    : material_(std::move(material)), credentials_(Create(material_)) {}

ServerTls::~ServerTls() { grpc_server_credentials_release(credentials_); }

int ServerTls::AddPortToServer(const std::string& address, grpc_server* server) {
  return grpc_server_add_http2_port(server, address.c_str(), credentials_);
}
#endif

void ServerTls::Set(TlsMaterial material) {
  absl::MutexLock lock(&mutex_);
  material_ = std::move(material);
  is_new_ = true;
}

// Each call checks its own token.
void ServerTls::SetAuthMetadataProcessor(
    const std::shared_ptr<grpc::AuthMetadataProcessor>&) {}

grpc_ssl_certificate_config_reload_status ServerTls::Fetch(
    void* self, grpc_ssl_server_certificate_config** config) {
  auto* const tls = static_cast<ServerTls*>(self);
  absl::MutexLock lock(&tls->mutex_);
  if (!tls->is_new_) return GRPC_SSL_CERTIFICATE_CONFIG_RELOAD_UNCHANGED;
  const std::string key(tls->material_.private_key.Reveal());
  const grpc_ssl_pem_key_cert_pair pair = {key.c_str(),
                                           tls->material_.certificate_chain.c_str()};
  // gRPC asserts that there are authorities, even if no client is asked for a
  // certificate; then it does not use them.
  const std::string& client_ca = tls->material_.client_ca.empty()
                                     ? tls->material_.certificate_chain
                                     : tls->material_.client_ca;
  *config = grpc_ssl_server_certificate_config_create(client_ca.c_str(), &pair, 1);
  tls->is_new_ = false;
  return GRPC_SSL_CERTIFICATE_CONFIG_RELOAD_NEW;
}

}  // namespace gitsync
