// Calls as a generic gRPC client makes them, on bytes.

#ifndef GITSYNC_TESTS_INTEGRATION_RAW_CALL_H_
#define GITSYNC_TESTS_INTEGRATION_RAW_CALL_H_

#include <grpcpp/channel.h>
#include <grpcpp/client_context.h>

#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace gitsync {

struct RawAnswer {
  grpc::Status status;
  // The first message, if there is one.
  std::string bytes;
};

// Calls `method`, "/package.Service/Method", with one message and an access token if
// it is not empty. Blocks for at most 30 seconds.
RawAnswer RawCall(const std::shared_ptr<grpc::Channel>& channel,
                  const std::string& method, const std::string& bytes,
                  const std::string& access_token = "");

}  // namespace gitsync

#endif  // GITSYNC_TESTS_INTEGRATION_RAW_CALL_H_
