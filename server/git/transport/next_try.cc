#include "server/git/transport/next_try.h"

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "server/base/error.h"
#include "server/base/steady_clock.h"
#include "server/git/transport/https_refusal.h"
#include "server/git/transport/transport.h"

namespace gitsync {

std::string NextTryText(absl::Time time) {
  const absl::Time next = time + absl::Seconds(1) - absl::Nanoseconds(1);
  return absl::FormatTime("%Y-%m-%dT%H:%M:%SZ", next, absl::UTCTimeZone());
}

std::string SteadyNextTryText(absl::Time time) {
  return NextTryText(absl::Now() + (time - SteadyNow()));
}

absl::Status LeftAlone(const absl::Status& error, absl::string_view more,
                       absl::Time next_try) {
  const std::string time = SteadyNextTryText(next_try);
  Error left(error.code(), ReasonOf(error),
             absl::StrCat(error.message(), more, " It is tried again at ", time, "."));
  for (const absl::string_view key : {kKeyNotShown, kHttpStatus}) {
    if (const std::string value = MetadataOf(error, key); !value.empty()) {
      left.With(key, value);
    }
  }
  return left.With(kNextTryTime, time)
      .RetryAfter(std::max(next_try - SteadyNow(), absl::ZeroDuration()));
}

}  // namespace gitsync
