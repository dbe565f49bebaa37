// Fail points that do what the environment says:
//
//   FAIL_POINTS="push/sent=crash@3;pull/recording=error;push/planned=delay:200ms"
//
// `crash` ends the process as kill -9 does, `error` is an error that nothing else
// gives, and `delay` waits. With @N only the N-th passage counts, without it each one.
// What can't be read ends the process at its start. It is no setting of gitsyncd's,
// whose names begin with GITSYNC_.

#include <signal.h>
#include <stdlib.h>
#include <unistd.h>

#include <iostream>
#include <map>
#include <string>
#include <utility>

#include "absl/status/statusor.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "server/base/error.h"
#include "server/base/fail_point/fail_point.h"
#include "server/base/logging.h"
#include "server/base/reason.h"
#include "server/base/status_macros.h"

namespace gitsync {
namespace {

struct Action {
  enum class Kind { kCrash, kError, kDelay };
  Kind kind = Kind::kCrash;
  absl::Duration delay;
  int at = 0;      // the passage that counts; 0: each
  int passed = 0;  // how often
};

absl::StatusOr<Action> ParseAction(absl::string_view text) {
  Action action;
  const std::pair<absl::string_view, absl::string_view> parts =
      absl::StrSplit(text, absl::MaxSplits('@', 1));
  if (!parts.second.empty() &&
      (!absl::SimpleAtoi(parts.second, &action.at) || action.at < 1)) {
    return absl::InvalidArgumentError(absl::StrCat("no number: ", text));
  }
  absl::string_view what = parts.first;
  if (what == "crash") {
    action.kind = Action::Kind::kCrash;
  } else if (what == "error") {
    action.kind = Action::Kind::kError;
  } else if (absl::ConsumePrefix(&what, "delay:") &&
             absl::ParseDuration(what, &action.delay)) {
    action.kind = Action::Kind::kDelay;
  } else {
    return absl::InvalidArgumentError(absl::StrCat("no action: ", text));
  }
  return action;
}

using Actions = std::map<std::string, Action, std::less<>>;

absl::StatusOr<Actions> ParseActions(absl::string_view text) {
  Actions actions;
  for (const absl::string_view item : absl::StrSplit(text, ';', absl::SkipEmpty())) {
    const std::pair<absl::string_view, absl::string_view> parts =
        absl::StrSplit(item, absl::MaxSplits('=', 1));
    ASSIGN_OR_RETURN(actions[std::string(parts.first)], ParseAction(parts.second));
  }
  return actions;
}

// Thread-safe.
class FailPoints {
 public:
  FailPoints() {
    const char* text = getenv("FAIL_POINTS");
    absl::StatusOr<Actions> actions = ParseActions(text == nullptr ? "" : text);
    if (!actions.ok()) {
      std::cerr << "FAIL_POINTS: " << actions.status().message() << std::endl;
      _exit(2);
    }
    actions_ = *std::move(actions);
  }

  absl::Status Pass(absl::string_view name) {
    Action action;
    {
      absl::MutexLock lock(&mutex_);
      const auto found = actions_.find(name);
      if (found == actions_.end()) return absl::OkStatus();
      ++found->second.passed;
      if (found->second.at != 0 && found->second.at != found->second.passed) {
        return absl::OkStatus();
      }
      action = found->second;
    }
    Log(LogLevel::kWarning, "fail point", {{"name", name}});
    switch (action.kind) {
      case Action::Kind::kCrash:
        kill(getpid(), SIGKILL);
        while (true) pause();
      case Action::Kind::kError:
        return Error(absl::StatusCode::kInternal, reason::kInternal,
                     absl::StrCat("The fail point ", name, " was told to fail."));
      case Action::Kind::kDelay:
        absl::SleepFor(action.delay);
        return absl::OkStatus();
    }
    return absl::OkStatus();
  }

 private:
  absl::Mutex mutex_;
  Actions actions_ ABSL_GUARDED_BY(mutex_);
};

FailPoints& Points() {
  static auto* const points = new FailPoints;
  return *points;
}

// What can't be read is said at the start, not at the first passage.
[[maybe_unused]] const FailPoints& kAtStart = Points();

}  // namespace

absl::Status FailPoint(absl::string_view name) { return Points().Pass(name); }

}  // namespace gitsync
