#ifndef GITSYNC_SERVER_GIT_TRANSPORT_NEXT_TRY_H_
#define GITSYNC_SERVER_GIT_TRANSPORT_NEXT_TRY_H_

#include <string>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"

namespace gitsync {

// Metadata of an error of a remote that is left alone: when it will be tried again.
// Such an error says nothing new of the remote.
inline constexpr absl::string_view kNextTryTime = "next_try_time";

// Its form: UTC, in whole seconds, and never too early.
std::string NextTryText(absl::Time time);
// The same for a time on the steady clock.
std::string SteadyNextTryText(absl::Time time);

// `error` of a remote that is left alone until `next_try`, on the steady clock: with
// `more` and that time at the end of its message, kNextTryTime and RetryInfo.
absl::Status LeftAlone(const absl::Status& error, absl::string_view more,
                       absl::Time next_try);

// When to ask again while a trial is under way: its outcome is due any moment.
inline constexpr absl::Duration kTrialWait = absl::Seconds(1);

}  // namespace gitsync

#endif  // GITSYNC_SERVER_GIT_TRANSPORT_NEXT_TRY_H_
