#ifndef GITSYNC_SERVER_RPC_CALL_UNREADABLE_REQUEST_H_
#define GITSYNC_SERVER_RPC_CALL_UNREADABLE_REQUEST_H_

#include <grpcpp/support/server_interceptor.h>

#include <memory>
#include <vector>

namespace gitsync {

// Interceptors, for a server's builder. A request that is not a message of its method,
// or has text that is not UTF-8, is answered with INVALID_ARGUMENT (INVALID_REQUEST).
// gRPC itself, which reads requests before any handler runs, answers with just
// UNIMPLEMENTED.
std::vector<std::unique_ptr<grpc::experimental::ServerInterceptorFactoryInterface>>
ExplainUnreadableRequests();

}  // namespace gitsync

#endif  // GITSYNC_SERVER_RPC_CALL_UNREADABLE_REQUEST_H_
