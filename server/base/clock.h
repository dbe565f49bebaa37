#ifndef GITSYNC_SERVER_BASE_CLOCK_H_
#define GITSYNC_SERVER_BASE_CLOCK_H_

#include "absl/time/clock.h"
#include "absl/time/time.h"

namespace gitsync {

// The source of the current time. Thread-safe.
class Clock {
 public:
  virtual ~Clock() = default;
  virtual absl::Time Now() const = 0;
};

// The system's clock.
class SystemClock : public Clock {
 public:
  absl::Time Now() const override { return absl::Now(); }
};

}  // namespace gitsync

#endif  // GITSYNC_SERVER_BASE_CLOCK_H_
