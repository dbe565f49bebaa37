#ifndef GITSYNC_SERVER_BASE_STEADY_CLOCK_H_
#define GITSYNC_SERVER_BASE_STEADY_CLOCK_H_

#include "absl/time/time.h"

namespace gitsync {

// The time on a clock that can't be set, for measuring deadlines and durations. It
// equals absl::Now() as long as the system clock is not set. Do not use it for times
// that are stored, shown, or compared with those of other machines.
absl::Time SteadyNow();

}  // namespace gitsync

#endif  // GITSYNC_SERVER_BASE_STEADY_CLOCK_H_
