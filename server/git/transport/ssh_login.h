#ifndef GITSYNC_SERVER_GIT_TRANSPORT_SSH_LOGIN_H_
#define GITSYNC_SERVER_GIT_TRANSPORT_SSH_LOGIN_H_

#include "absl/status/status.h"
#include "server/base/context.h"
#include "server/git/transport/remote.h"
#include "server/git/transport/ssh_session.h"
#include "server/git/transport/transport_options.h"

namespace gitsync {

// Logs in with the key, over a connection whose host key was accepted. The key is shown
// once at most: a host may count what it refuses. Sets `algorithm` to that of the
// signature. Blocks until done, the context's deadline, or cancellation.
//
// Errors: those of SshSession::Drive and Broken, INTERNAL for a key that can't be read,
// and UNAUTHENTICATED (REMOTE_AUTH_FAILED), with kKeyNotShown if the server takes no
// key of this kind.
absl::Status LogIn(SshSession& session, const SshCredentials& credentials,
                   const TransportOptions& options, const Context& context,
                   std::string* algorithm);

}  // namespace gitsync

#endif  // GITSYNC_SERVER_GIT_TRANSPORT_SSH_LOGIN_H_
