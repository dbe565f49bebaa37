#ifndef GITSYNC_SERVER_APP_GRPC_LOG_H_
#define GITSYNC_SERVER_APP_GRPC_LOG_H_

namespace gitsync {

// Sends gRPC's log messages to our log from now on. Called once, before gRPC is used.
void TakeOverGrpcLog();

}  // namespace gitsync

#endif  // GITSYNC_SERVER_APP_GRPC_LOG_H_
