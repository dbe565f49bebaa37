#ifndef GITSYNC_SERVER_APP_GRPC_LOG_H_
#define GITSYNC_SERVER_APP_GRPC_LOG_H_

namespace gitsync {

// From now on, what gRPC logs goes to our log. Called once, before gRPC is used.
void TakeOverGrpcLog();

}  // namespace gitsync

#endif  // GITSYNC_SERVER_APP_GRPC_LOG_H_
