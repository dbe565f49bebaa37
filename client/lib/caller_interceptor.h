// Adds what every outgoing call needs, whichever stub makes it.

#ifndef GITSYNC_CLIENT_LIB_CALLER_INTERCEPTOR_H_
#define GITSYNC_CLIENT_LIB_CALLER_INTERCEPTOR_H_

#include <grpcpp/support/client_interceptor.h>

#include <string>

namespace gitsync::client {

// Adds the access token to each call's metadata, and a `request_id` to each mutation
// that has none, so that retrying it is harmless.
//
// This is an interceptor because channels without TLS reject gRPC's own call
// credentials. Thread-safe.
class CallerInterceptorFactory final
    : public grpc::experimental::ClientInterceptorFactoryInterface {
 public:
  // `access_token` may be empty; then no token is sent.
  explicit CallerInterceptorFactory(std::string access_token);

  // The caller owns the result, which must not outlive this factory.
  grpc::experimental::Interceptor* CreateClientInterceptor(
      grpc::experimental::ClientRpcInfo* info) override;

 private:
  const std::string authorization_;
};

// Returns a new random UUID, version 4.
std::string NewRequestId();

}  // namespace gitsync::client

#endif  // GITSYNC_CLIENT_LIB_CALLER_INTERCEPTOR_H_
