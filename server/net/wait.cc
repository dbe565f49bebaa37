#include "server/net/wait.h"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "server/base/error.h"
#include "server/base/reason.h"
#include "server/base/steady_clock.h"

namespace gitsync {

absl::Status CheckRemoteTime(const Context& context) {
  const absl::Status status = context.Check();
  if (!absl::IsDeadlineExceeded(status)) return status;
  return Error(absl::StatusCode::kDeadlineExceeded, reason::kRemoteTimeout,
               "The remote did not answer within the request's time; repeat it, with a "
               "longer deadline if it needs one.");
}

absl::Status RemoteStalled(absl::Duration stall_limit) {
  return Error(
      absl::StatusCode::kDeadlineExceeded, reason::kRemoteTimeout,
      absl::StrCat("The remote was silent for ", absl::FormatDuration(stall_limit),
                   "; check that it works, then repeat the request."));
}

absl::Status WaitFor(std::span<pollfd> fds, const Context& context,
                     absl::Duration stall_limit) {
  const absl::Time stalls_at = SteadyNow() + stall_limit;
  const absl::Time ends_at = std::min(context.deadline, stalls_at);
  std::vector<pollfd> all(fds.begin(), fds.end());
  const int cancel_fd = context.cancellation->PollFd();
  all.push_back({cancel_fd, POLLIN, 0});
  while (true) {
    if (context.cancellation->IsCancelled()) return context.Check();
    const absl::Duration left = ends_at - SteadyNow();
    // Wakes up each second, among other reasons because there may be no cancellation
    // descriptor. Rounds up, so that the last wait does not spin.
    const absl::Duration wait =
        std::clamp(left, absl::ZeroDuration(), absl::Seconds(1));
    const int timeout_ms =
        static_cast<int>(absl::ToInt64Milliseconds(wait + absl::Microseconds(999)));
    const int ready = poll(all.data(), all.size(), timeout_ms);
    if (ready < 0 && errno != EINTR) {
      return InternalError(absl::StrCat("poll: ", strerror(errno)));
    }
    if (ready > 0 && all.back().revents == 0) {
      std::copy(all.begin(), all.end() - 1, fds.begin());
      return absl::OkStatus();
    }
    if (ready <= 0 && left <= absl::ZeroDuration()) {
      return ends_at == stalls_at ? RemoteStalled(stall_limit)
                                  : CheckRemoteTime(context);
    }
  }
}

}  // namespace gitsync
