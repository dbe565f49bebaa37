#ifndef GITSYNC_SERVER_NET_WAIT_H_
#define GITSYNC_SERVER_NET_WAIT_H_

#include <poll.h>

#include <span>

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "server/base/context.h"

namespace gitsync {

// The result of Context::Check for work that a remote has kept waiting: OK, CANCELLED
// (CANCELLED), or DEADLINE_EXCEEDED (REMOTE_TIMEOUT).
absl::Status CheckRemoteTime(const Context& context);

// DEADLINE_EXCEEDED (REMOTE_TIMEOUT) for a remote that was silent for `stall_limit`.
absl::Status RemoteStalled(absl::Duration stall_limit);

// Blocks until poll() has something to report about one of `fds`, and fills in their
// `revents`. Entries with a negative descriptor are ignored.
//
// Errors: CANCELLED (CANCELLED), within milliseconds of the cancellation;
// DEADLINE_EXCEEDED (REMOTE_TIMEOUT) at the context's deadline, or when nothing has
// happened for `stall_limit`.
absl::Status WaitFor(std::span<pollfd> fds, const Context& context,
                     absl::Duration stall_limit);

}  // namespace gitsync

#endif  // GITSYNC_SERVER_NET_WAIT_H_
