#ifndef GITSYNC_SERVER_RPC_CONNECTION_SERVER_TLS_H_
#define GITSYNC_SERVER_RPC_CONNECTION_SERVER_TLS_H_

#include <grpc/grpc_security.h>
#include <grpcpp/security/server_credentials.h>
#include <grpcpp/version_info.h>

#include <memory>
#include <string>

#include "absl/synchronization/mutex.h"
#include "server/rpc/connection/tls.h"

// From 1.55 on, gRPC's C++ wrapper holds the credentials.
#if GRPC_CPP_VERSION_MAJOR > 1 || GRPC_CPP_VERSION_MINOR >= 55
#define GITSYNC_GRPC_HOLDS_CREDENTIALS 1
#else
#define GITSYNC_GRPC_HOLDS_CREDENTIALS 0
#endif

namespace gitsync {

// TLS of a gRPC server, for one listening port. The certificate may be replaced while
// the server runs. (gRPC's C++ wrapper offers this only with a thread that watches
// files.) Thread-safe. Must outlive the server.
class ServerTls : public grpc::ServerCredentials {
 public:
  // `material` decides for good whether clients need a certificate.
  explicit ServerTls(TlsMaterial material);
  ~ServerTls() override;

  // New connections use `material`; existing ones continue. If gRPC can't use it, it
  // logs a line and keeps what it has.
  void Set(TlsMaterial material);

  void SetAuthMetadataProcessor(
      const std::shared_ptr<grpc::AuthMetadataProcessor>& processor) override;

 private:
  // The form of credentials that the core of gRPC uses.
  grpc_server_credentials* Create(const TlsMaterial& material);

  // gRPC calls this at each handshake.
  static grpc_ssl_certificate_config_reload_status Fetch(
      void* self, grpc_ssl_server_certificate_config** config);

  absl::Mutex mutex_;
  TlsMaterial material_ ABSL_GUARDED_BY(mutex_);
  bool is_new_ ABSL_GUARDED_BY(mutex_) = true;
#if !GITSYNC_GRPC_HOLDS_CREDENTIALS
  int AddPortToServer(const std::string& address, grpc_server* server) override;

  grpc_server_credentials* const credentials_;
#endif
};

}  // namespace gitsync

#endif  // GITSYNC_SERVER_RPC_CONNECTION_SERVER_TLS_H_
