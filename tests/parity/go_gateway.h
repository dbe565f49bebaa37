#ifndef GITSYNC_TESTS_PARITY_GO_GATEWAY_H_
#define GITSYNC_TESTS_PARITY_GO_GATEWAY_H_

#include <sys/types.h>

#include <string>

namespace gitsync {

// The gateway of main.go, as a process before a server. That it does not start fails
// the test.
class GoGateway {
 public:
  // Starts it before the gRPC server at HOST:PORT, and blocks until it listens.
  explicit GoGateway(const std::string& backend);
  ~GoGateway();
  GoGateway(const GoGateway&) = delete;
  GoGateway& operator=(const GoGateway&) = delete;

  // HOST:PORT.
  const std::string& endpoint() const { return endpoint_; }
  pid_t pid() const { return pid_; }
  // The major version of grpc-gateway: 1 or 2.
  int version() const { return version_; }

 private:
  std::string endpoint_;
  pid_t pid_ = -1;
  int version_ = 0;
};

}  // namespace gitsync

#endif  // GITSYNC_TESTS_PARITY_GO_GATEWAY_H_
