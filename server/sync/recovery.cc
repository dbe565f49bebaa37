#include "server/sync/recovery.h"

#include <algorithm>
#include <utility>
#include <vector>

#include "absl/time/clock.h"
#include "server/base/error.h"
#include "server/base/fail_point/fail_point.h"
#include "server/base/logging.h"
#include "server/base/reason.h"
#include "server/base/status_macros.h"
#include "server/sync/open_pushes.h"
#include "server/sync/push.h"

namespace gitsync {
namespace {

constexpr absl::Duration kFirstPause = absl::Seconds(1);
constexpr absl::Duration kLongestPause = absl::Minutes(1);

}  // namespace

Recovery::Recovery(const SyncEnvironment& env)
    : env_(env), thread_([this] { Loop(); }) {}

Recovery::~Recovery() {
  {
    absl::MutexLock lock(&mutex_);
    stopping_ = true;
  }
  thread_.join();
}

absl::Status Recovery::TakeUp() {
  std::vector<OperationRow> open;
  RETURN_IF_ERROR(env_.store->Read([&](const Transaction& tx) -> absl::Status {
    ASSIGN_OR_RETURN(open, tx.operations().ListRunning(/*app_id=*/""));
    return absl::OkStatus();
  }));
  for (OperationRow& row : open) {
    Log(LogLevel::kInfo, "operation taken up after a restart",
        {{"operation_id", row.id}, {"organization_id", row.organization_id}});
    FailPoint("recovery/taking_up").IgnoreError();
    if (MayHaveReachedRemote(row)) {
      Try(row, /*alone=*/false);
    } else {
      env_.runner->End(std::move(row),
                       Error(absl::StatusCode::kAborted, reason::kInterrupted,
                             "The server stopped before this had an effect; repeat "
                             "the request."));
    }
  }
  return absl::OkStatus();
}

void Recovery::Add(const OperationRow& row, const absl::Status& failure) {
  absl::MutexLock lock(&mutex_);
  if (stopping_) return;
  Pending& pending = pending_[row.id];
  pending.pause = pending.pause == absl::ZeroDuration()
                      ? kFirstPause
                      : std::min(pending.pause * 2, kLongestPause);
  pending.next_try = absl::Now() + pending.pause;
  pending.row = row;
  pending.failure = failure;
}

void Recovery::Loop() {
  while (true) {
    std::vector<Pending> due;
    {
      absl::MutexLock lock(&mutex_);
      absl::Time next = absl::InfiniteFuture();
      for (const auto& [id, pending] : pending_) {
        next = std::min(next, pending.next_try);
      }
      // An added operation also wakes the thread: it may be due before all others.
      const size_t known = pending_.size();
      const auto changed = [this, known]() ABSL_SHARED_LOCKS_REQUIRED(mutex_) {
        return stopping_ || pending_.size() != known;
      };
      mutex_.AwaitWithDeadline(absl::Condition(&changed),
                               std::min(next, absl::Now() + absl::Seconds(1)));
      if (stopping_) return;
      for (auto& [id, pending] : pending_) {
        if (pending.next_try > absl::Now()) continue;
        pending.next_try = absl::InfiniteFuture();
        due.push_back(pending);
      }
    }
    // In the order in which they were created.
    std::sort(due.begin(), due.end(), [](const Pending& one, const Pending& other) {
      return one.row.create_time < other.row.create_time;
    });
    for (const Pending& pending : due) {
      if (pending.failure.ok()) {
        // A push that no remote ever answers must not leave the others of a batch in
        // doubt.
        Try(pending.row, /*alone=*/true);
      } else {
        End(pending.row, pending.failure);
      }
    }
  }
}

void Recovery::End(const OperationRow& row, const absl::Status& status) {
  {
    // Set first, since an operation that can't be recorded is added again and must
    // continue with the same pause.
    absl::MutexLock lock(&mutex_);
    const auto found = pending_.find(row.id);
    if (found != pending_.end()) found->second.next_try = absl::InfiniteFuture();
  }
  env_.runner->End(row, status);
  absl::MutexLock lock(&mutex_);
  const auto found = pending_.find(row.id);
  if (found != pending_.end() && found->second.next_try == absl::InfiniteFuture()) {
    pending_.erase(found);
  }
}

void Recovery::Try(const OperationRow& row, bool alone) {
  if (env_.runner->IsCancelled(row.id)) {
    return End(row, Error(absl::StatusCode::kCancelled, reason::kCancelled,
                          "The push was cancelled while its outcome was unknown: look "
                          "at the branch to see whether it is there."));
  }
  OperationRunner::Plan plan;
  const absl::Status planned =
      env_.store->Read([&](const Transaction& tx) -> absl::Status {
        ASSIGN_OR_RETURN(plan, PlanPushRecovery(env_, tx, row, alone));
        return absl::OkStatus();
      });
  if (ReasonOf(planned) == reason::kGitNotConfigured) {
    return End(row, Error(absl::StatusCode::kAborted, reason::kInterrupted,
                          "The push was interrupted, and the organization's repository "
                          "can't be asked any more what became of it."));
  }
  // Try again later: the configuration may be finalized again, with a new key.
  if (!planned.ok()) return Add(row, absl::OkStatus());
  env_.runner->Resume(std::move(plan),
                      [this, id = row.id](const absl::StatusOr<OperationRow>& ended) {
                        if (ReasonOf(ended.status()) == reason::kOutcomeUnknown) return;
                        absl::MutexLock lock(&mutex_);
                        pending_.erase(id);
                      });
}

}  // namespace gitsync
