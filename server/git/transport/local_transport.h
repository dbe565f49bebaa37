#ifndef GITSYNC_SERVER_GIT_TRANSPORT_LOCAL_TRANSPORT_H_
#define GITSYNC_SERVER_GIT_TRANSPORT_LOCAL_TRANSPORT_H_

#include <memory>

#include "absl/time/time.h"
#include "server/git/transport/transport.h"

namespace gitsync {

// Serves file:// remotes by running git itself on this machine, without a shell, with a
// clean environment and without the user's or the system's git configuration. The
// program `git` is looked for in PATH. git refuses a repository that another user owns.
//
// A stream that is destroyed before Finish ends its process, and the hooks that it
// runs.
class LocalTransport : public GitTransport {
 public:
  // `stall_limit`: how long git may be silent.
  explicit LocalTransport(absl::Duration stall_limit) : stall_limit_(stall_limit) {}

  absl::StatusOr<std::unique_ptr<GitStream>> Open(const Remote& remote,
                                                  GitService service,
                                                  const Context& context) override;
  void Shutdown() override {}

 private:
  const absl::Duration stall_limit_;
};

}  // namespace gitsync

#endif  // GITSYNC_SERVER_GIT_TRANSPORT_LOCAL_TRANSPORT_H_
