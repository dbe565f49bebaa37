#ifndef GITSYNC_SERVER_BASE_STEADY_CLOCK_H_
#define GITSYNC_SERVER_BASE_STEADY_CLOCK_H_

#include "absl/time/time.h"

namespace gitsync {

// The time on a clock that nobody sets: what deadlines and durations are measured on.
// It is absl::Now() for as long as the system's clock is not set; what is stored,
// shown, or compared with other machines' times is not for it.
absl::Time SteadyNow();

}  // namespace gitsync

#endif  // GITSYNC_SERVER_BASE_STEADY_CLOCK_H_
