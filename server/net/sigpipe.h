#ifndef GITSYNC_SERVER_NET_SIGPIPE_H_
#define GITSYNC_SERVER_NET_SIGPIPE_H_

#include <signal.h>

namespace gitsync {

// Ignores SIGPIPE for the process unless it is already handled, because libraries write
// to sockets that may be closed.
inline void IgnoreSigpipe() {
  struct sigaction current = {};
  if (sigaction(SIGPIPE, nullptr, &current) == 0 && current.sa_handler == SIG_DFL) {
    signal(SIGPIPE, SIG_IGN);
  }
}

}  // namespace gitsync

#endif  // GITSYNC_SERVER_NET_SIGPIPE_H_
