#ifndef GITSYNC_CLIENT_LIB_CHANNEL_H_
#define GITSYNC_CLIENT_LIB_CHANNEL_H_

#include <grpcpp/channel.h>

#include <memory>

#include "absl/status/statusor.h"
#include "client/lib/client_options.h"

namespace gitsync::client {

// Creates a channel for GitSync's stubs. Reads the files that `options` names, and
// connects on the first call.
//
// Calls on it carry the access token, and mutations without a `request_id` get one. So
// every call is safe to repeat, and a call that fails with UNAVAILABLE is retried: up
// to five attempts, with backoff, within the call's deadline. There is no default
// deadline: Client::Call sets one.
//
// Errors:
//   INVALID_ARGUMENT  the endpoint is not HOST:PORT, the token has characters that no
//                     token has, a file can't be read, or TLS files are given without
//                     TLS.
absl::StatusOr<std::shared_ptr<grpc::Channel>> CreateChannel(
    const ClientOptions& options);

// Whether `endpoint`, HOST:PORT, names this machine by a loopback address or as
// "localhost".
bool IsLoopback(absl::string_view endpoint);

}  // namespace gitsync::client

#endif  // GITSYNC_CLIENT_LIB_CHANNEL_H_
