#ifndef GITSYNC_SERVER_RPC_CONNECTION_SERVER_TLS_H_
#define GITSYNC_SERVER_RPC_CONNECTION_SERVER_TLS_H_

#include <grpc/grpc_security.h>
#include <grpcpp/security/server_credentials.h>

#include <memory>
#include <string>

#include "absl/synchronization/mutex.h"
#include "server/rpc/connection/tls.h"

namespace gitsync {

// TLS of a gRPC server, for one listening port, whose certificate may be replaced while
// it serves. (The C++ wrapper of gRPC has no form of this without a thread that looks
// at files.) Thread-safe. Must outlive the server.
class ServerTls : public grpc::ServerCredentials {
 public:
  // Whether clients need a certificate is decided by `material` for good.
  explicit ServerTls(TlsMaterial material);
  ~ServerTls() override;

  // Connections that are made from now on use `material`; the others go on. gRPC goes
  // on with what it has, with a line in the log, if it can't use it.
  void Set(TlsMaterial material);

  void SetAuthMetadataProcessor(
      const std::shared_ptr<grpc::AuthMetadataProcessor>& processor) override;

 private:
  int AddPortToServer(const std::string& address, grpc_server* server) override;

  // gRPC asks at each handshake.
  static grpc_ssl_certificate_config_reload_status Fetch(
      void* self, grpc_ssl_server_certificate_config** config);

  absl::Mutex mutex_;
  TlsMaterial material_ ABSL_GUARDED_BY(mutex_);
  bool is_new_ ABSL_GUARDED_BY(mutex_) = true;
  grpc_server_credentials* credentials_;
};

}  // namespace gitsync

#endif  // GITSYNC_SERVER_RPC_CONNECTION_SERVER_TLS_H_
