#ifndef GITSYNC_SERVER_GIT_TRANSPORT_SSH_TRANSPORT_H_
#define GITSYNC_SERVER_GIT_TRANSPORT_SSH_TRANSPORT_H_

#include <memory>

#include "server/git/transport/ssh_session.h"
#include "server/git/transport/transport.h"
#include "server/git/transport/transport_options.h"
#include "server/net/session_pool.h"

namespace gitsync {

// Serves SSH remotes over libssh. A session carries one command at a time; sessions
// that ended a command well are kept and used again, for the same host, port, user,
// key and pinned host key.
class SshTransport : public GitTransport {
 public:
  // Ignores SIGPIPE: see IgnoreSigpipe.
  explicit SshTransport(TransportOptions options);

  absl::StatusOr<std::unique_ptr<GitStream>> Open(const Remote& remote,
                                                  GitService service,
                                                  const Context& context) override;
  void Shutdown() override { pool_.Close(); }

 private:
  const TransportOptions options_;
  SessionPool<SshSession> pool_;
};

}  // namespace gitsync

#endif  // GITSYNC_SERVER_GIT_TRANSPORT_SSH_TRANSPORT_H_
