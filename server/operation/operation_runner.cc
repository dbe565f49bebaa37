#include "server/operation/operation_runner.h"

#include <algorithm>
#include <optional>
#include <utility>
#include <vector>

#include "server/base/error.h"
#include "server/base/fail_point/fail_point.h"
#include "server/base/logging.h"
#include "server/base/reason.h"
#include "server/base/status_macros.h"
#include "server/base/steady_clock.h"
#include "server/base/uuid.h"

namespace gitsync {
namespace {

// Limits of one batch: they bound how long a turn keeps the remote busy, and how much
// memory it uses.
constexpr size_t kMostTogether = 100;
constexpr int64_t kMostBytesTogether = 16 << 20;

// The error that an operation ended with, as recorded.
absl::Status ErrorOf(const OperationRow& row) {
  return Error(static_cast<absl::StatusCode>(row.error_code), row.error_reason,
               row.error_message)
      .With("operation_id", row.id);
}

}  // namespace

// The state of an operation that waits, runs, or is in doubt. Guarded by the runner's
// mutex, except for what never changes.
struct OperationRunner::Entry {
  OperationRow row;
  Context context;
  std::any input;  // never changes
  // `caller_link` passes the caller's cancellation on; `caller` keeps it alive.
  std::shared_ptr<Cancellation> caller;
  Cancellation::Registration caller_link;
  std::vector<Done> dones;
  std::map<int, std::function<void(const OperationRow&)>> watchers;
  int next_watcher = 1;
  // Set while it runs in a batch.
  std::shared_ptr<Together> together;
  bool left = false;     // it is no longer counted in `staying`
  bool claimed = false;  // its caller can no longer decide how it ends
  bool ended = false;
  bool cancelled = false;  // by Cancel
  bool open = false;       // an earlier run left its record running
};

// The state that the operations of a batch share. Guarded by the runner's mutex.
struct OperationRunner::Together {
  Context context;
  int staying = 0;  // operations whose own contexts have not ended
};

class OperationRunner::WatchImpl : public Watch {
 public:
  WatchImpl(OperationRunner* runner, std::shared_ptr<Entry> entry, int id)
      : runner_(runner), entry_(std::move(entry)), id_(id) {}
  ~WatchImpl() override {
    absl::MutexLock lock(&runner_->mutex_);
    entry_->watchers.erase(id_);
  }

 private:
  OperationRunner* const runner_;
  const std::shared_ptr<Entry> entry_;
  const int id_;
};

absl::Status CheckSameRequest(const RequestRow& row, const RequestKey& key) {
  if (row.fingerprint == key.fingerprint) return absl::OkStatus();
  return Error(absl::StatusCode::kInvalidArgument, reason::kRequestIdReused,
               "This request id was used for a different request; use a new one for "
               "each request.")
      .Violation("request_id", "was used for a different request");
}

// ---- Run ----------------------------------------------------------------------------

void OperationRunner::Run::SetPhase(OperationPhase phase) {
  row_.phase = phase;
  runner_->Publish(row_);
}

bool OperationRunner::Run::Claim() {
  if (ended_) return false;
  if (entry_ == nullptr) return true;
  absl::MutexLock lock(&runner_->mutex_);
  entry_->claimed = !entry_->ended;
  return entry_->claimed;
}

bool OperationRunner::Run::HasEnded() const {
  if (ended_ || entry_ == nullptr) return ended_;
  absl::MutexLock lock(&runner_->mutex_);
  return entry_->ended;
}

void OperationRunner::Run::End(const absl::Status& status) {
  if (std::exchange(ended_, true)) return;
  {
    absl::MutexLock lock(&runner_->mutex_);
    if (std::exchange(entry_->ended, true)) return;
    runner_->Leave(*entry_);
  }
  runner_->Finish(entry_, row_, status);
}

absl::Status OperationRunner::Run::Succeed(Transaction& tx) {
  row_.state = OperationState::kSucceeded;
  row_.phase = OperationPhase::kDone;
  row_.end_time = runner_->clock_->Now();
  return tx.operations().Update(row_);
}

// ---- OperationRunner ----------------------------------------------------------------

OperationRunner::OperationRunner(Store* store, WorkerPool* pool, const Clock* clock,
                                 absl::Duration time_limit)
    : store_(store),
      pool_(pool),
      clock_(clock),
      time_limit_(time_limit),
      recorder_(/*threads=*/1, /*queue_limit=*/1 << 20) {}

OperationRunner::~OperationRunner() { Shutdown(); }

void OperationRunner::Shutdown() { recorder_.Shutdown(); }

void OperationRunner::Start(
    const RequestKey& request, const Context& context,
    const std::function<absl::StatusOr<Plan>(const Transaction&)>& plan, Done done) {
  auto entry = std::make_shared<Entry>();
  entry->context.deadline = std::min(context.deadline, SteadyNow() + time_limit_);
  std::optional<RequestRow> earlier;
  Plan planned;
  // Nobody hears of the operation before it has ended, and Write records that end.
  const absl::Status recorded =
      store_->WriteAhead([&](Transaction& tx) -> absl::Status {
        if (!request.key.empty()) {
          absl::StatusOr<RequestRow> row = tx.requests().Get(request.key);
          if (row.ok()) {
            earlier = *std::move(row);
            return CheckSameRequest(*earlier, request);
          }
          if (!absl::IsNotFound(row.status())) return row.status();
        }
        ASSIGN_OR_RETURN(planned, plan(tx));
        planned.row.id = NewUuid();
        planned.row.create_time = clock_->Now();
        RETURN_IF_ERROR(tx.operations().Insert(planned.row));
        if (!request.key.empty()) {
          RETURN_IF_ERROR(
              tx.requests().Insert({.key = request.key,
                                    .fingerprint = request.fingerprint,
                                    .operation_id = planned.row.id,
                                    .response = "",
                                    .create_time = planned.row.create_time}));
        }
        entry->row = planned.row;
        entry->input = std::move(planned.input);
        // Registered before the commit, so that whoever reads the record finds the
        // operation here.
        absl::MutexLock lock(&mutex_);
        running_[planned.row.id] = entry;
        return absl::OkStatus();
      });
  if (!recorded.ok()) {
    {
      absl::MutexLock lock(&mutex_);
      running_.erase(planned.row.id);
    }
    done(recorded);
    return;
  }
  if (earlier.has_value()) {
    Join(earlier->operation_id, std::move(done));
    return;
  }
  {
    absl::MutexLock lock(&mutex_);
    entry->dones.push_back(std::move(done));
  }
  FailPoint("operation/planned").IgnoreError();
  entry->caller = context.cancellation;
  entry->caller_link = context.cancellation->OnCancel(
      [cancellation = entry->context.cancellation] { cancellation->Cancel(); });
  Enqueue(entry, std::move(planned));
}

void OperationRunner::Join(const std::string& operation_id, Done done) {
  {
    absl::MutexLock lock(&mutex_);
    const auto found = running_.find(operation_id);
    if (found != running_.end()) {
      found->second->dones.push_back(std::move(done));
      return;
    }
  }
  OperationRow row;
  const absl::Status read = store_->Read([&](const Transaction& tx) -> absl::Status {
    ASSIGN_OR_RETURN(row, tx.operations().Get(operation_id));
    return absl::OkStatus();
  });
  if (!read.ok()) return done(read);
  switch (row.state) {
    case OperationState::kSucceeded:
      return done(row);
    case OperationState::kFailed:
    case OperationState::kCancelled:
      return done(ErrorOf(row));
    case OperationState::kRunning:
      return done(Error(absl::StatusCode::kUnavailable, reason::kOutcomeUnknown,
                        "The first request with this id is still being finished; "
                        "repeat this one soon.")
                      .With("operation_id", operation_id)
                      .RetryAfter(absl::Seconds(1)));
  }
}

void OperationRunner::Resume(Plan plan, Done done) {
  std::shared_ptr<Entry> entry;
  {
    absl::MutexLock lock(&mutex_);
    std::shared_ptr<Entry>& known = running_[plan.row.id];
    if (known == nullptr) known = std::make_shared<Entry>();
    entry = known;
    entry->row = plan.row;
    entry->open = true;
    entry->context.deadline = SteadyNow() + time_limit_;
    entry->dones.push_back(std::move(done));
  }
  Enqueue(entry, std::move(plan));
}

absl::Status OperationRunner::Save(const std::vector<Run*>& runs) {
  return store_->Write([&runs](Transaction& tx) -> absl::Status {
    for (Run* run : runs) {
      if (run->HasEnded()) continue;
      ASSIGN_OR_RETURN(const OperationRow kept, tx.operations().Get(run->row_.id));
      if (kept.state != OperationState::kRunning) continue;
      RETURN_IF_ERROR(tx.operations().Update(run->row_));
    }
    return absl::OkStatus();
  });
}

void OperationRunner::Enqueue(const std::shared_ptr<Entry>& entry, Plan plan) {
  const WorkerPool::Lane lane = plan.lane;
  const bool alone = plan.joint_key.empty();
  const auto work = [this, entry, lane, alone, body = std::move(plan.body),
                     joint_body = plan.joint_body](const absl::Status& admitted) {
    if (admitted.ok()) {
      if (!joint_body) return Execute(entry, body);
      std::vector<std::shared_ptr<Entry>> entries = {entry};
      if (!alone) TakeAlong(lane, entries);
      return ExecuteJoint(std::move(entries), joint_body);
    }
    OperationRow row;
    {
      absl::MutexLock lock(&mutex_);
      row = entry->row;
    }
    // A push that may have reached its remote stays in doubt.
    const bool sent = row.push.has_value() && !row.push->commit_id.empty();
    const absl::Status status = sent
                                    ? Error(absl::StatusCode::kUnavailable,
                                            reason::kOutcomeUnknown, admitted.message())
                                    : admitted;
    FinishElsewhere(entry, row, status);
  };
  if (alone) return pool_->Submit(lane, entry->context, work);
  pool_->SubmitJoint(lane, entry->context, work,
                     {.payload = entry,
                      .key = plan.joint_key,
                      .weight = plan.bytes,
                      .on_end = [this, entry](const absl::Status& status) {
                        OnContextEnd(entry, status);
                      }});
}

void OperationRunner::FinishElsewhere(const std::shared_ptr<Entry>& entry,
                                      const OperationRow& row,
                                      const absl::Status& status) {
  const auto finish = [this, entry, row, status] { Finish(entry, row, status); };
  if (!recorder_.Run(finish)) finish();
}

std::unique_ptr<OperationRunner::Run> OperationRunner::NewRun(
    const std::shared_ptr<Entry>& entry) {
  absl::MutexLock lock(&mutex_);
  auto run = std::make_unique<Run>(this, entry->row, entry->context);
  run->was_open_ = entry->open;
  run->entry_ = entry;
  run->input_ = entry->input;
  return run;
}

void OperationRunner::Execute(const std::shared_ptr<Entry>& entry, const Body& body) {
  const std::unique_ptr<Run> run = NewRun(entry);
  const absl::Status status = body(*run);
  Finish(entry, std::move(run->row_), status);
}

void OperationRunner::TakeAlong(const WorkerPool::Lane& lane,
                                std::vector<std::shared_ptr<Entry>>& entries) {
  for (const auto& payload :
       pool_->TakeAlong(lane, {.count = kMostTogether, .weight = kMostBytesTogether})) {
    entries.push_back(std::static_pointer_cast<Entry>(payload));
  }
}

void OperationRunner::ExecuteJoint(std::vector<std::shared_ptr<Entry>> entries,
                                   const JointBody& body) {
  Context context = entries.front()->context;
  if (entries.size() > 1) {
    const auto together = std::make_shared<Together>();
    context.cancellation = together->context.cancellation;
    {
      absl::MutexLock lock(&mutex_);
      together->staying = static_cast<int>(entries.size());
      for (const auto& one : entries) {
        one->together = together;
        context.deadline = std::max(context.deadline, one->context.deadline);
      }
    }
    for (const auto& one : entries) {
      // Its context may have ended before `together` was set, when the pool's notice
      // had no effect.
      const absl::Status status = one->context.Check();
      if (!status.ok()) OnContextEnd(one, status);
    }
  }
  std::vector<std::unique_ptr<Run>> runs;
  std::vector<Run*> borrowed;
  for (const auto& one : entries) {
    runs.push_back(NewRun(one));
    borrowed.push_back(runs.back().get());
  }
  body(borrowed, context);
  for (Run* run : borrowed) run->End(InternalError("an operation did not end"));
}

void OperationRunner::OnContextEnd(const std::shared_ptr<Entry>& entry,
                                   const absl::Status& status) {
  OperationRow row;
  {
    absl::MutexLock lock(&mutex_);
    // The pool refuses a waiting operation, and one that runs alone checks its own
    // context.
    if (entry->together == nullptr || entry->ended) return;
    Leave(*entry);
    if (entry->claimed || entry->open) return;
    entry->ended = true;
    row = entry->row;
  }
  FinishElsewhere(entry, row, status);
}

void OperationRunner::Leave(Entry& entry) {
  if (entry.together == nullptr || std::exchange(entry.left, true)) return;
  if (--entry.together->staying == 0) entry.together->context.cancellation->Cancel();
}

bool OperationRunner::WasCut(const Entry& entry) const {
  absl::MutexLock lock(&mutex_);
  return !entry.cancelled && entry.caller != nullptr && entry.caller->IsCutByShutdown();
}

void OperationRunner::Finish(const std::shared_ptr<Entry>& entry, OperationRow row,
                             const absl::Status& result) {
  // A bare NOT_FOUND comes from the store: the rows existed when the operation was
  // planned.
  absl::Status status =
      WithReason(result, absl::StatusCode::kNotFound,
                 Error(absl::StatusCode::kAborted, reason::kInterrupted,
                       "What the operation works on was deleted while it ran."));
  if (absl::IsCancelled(status) && WasCut(*entry)) status = ShuttingDown();
  const bool unknown = ReasonOf(status) == reason::kOutcomeUnknown;
  bool open = unknown;
  if (!status.ok() && !unknown) {
    absl::Status kept = FailPoint("operation/failing");
    if (kept.ok()) kept = RecordFailure(row, status);
    if (!kept.ok()) {
      Log(LogLevel::kError, "operation not recorded as failed",
          {{"operation_id", row.id}, {"status", kept}});
      // Without a record (its organization was deleted) there is nothing left to write.
      open = !absl::IsNotFound(kept);
    }
  }
  Log(status.ok() ? LogLevel::kInfo : LogLevel::kWarning,
      open ? "operation open" : "operation ended",
      {{"operation_id", row.id},
       {"organization_id", row.organization_id},
       {"app_id", row.app_id},
       {"commit_id", row.commit_id},
       {"status", status}});
  std::vector<Done> dones;
  Cancellation::Registration link;
  {
    absl::MutexLock lock(&mutex_);
    entry->row = row;
    dones = std::exchange(entry->dones, {});
    link = std::exchange(entry->caller_link, {});
    for (const auto& [id, watcher] : entry->watchers) watcher(row);
    // The entry of an operation in doubt stays, for those who watch or join it. From
    // now on only Cancel stops the work that is done to end it.
    if (open) {
      entry->context.cancellation = std::make_shared<Cancellation>();
      if (!std::exchange(entry->open, true)) entry->cancelled = false;
      entry->together.reset();
      entry->left = entry->claimed = false;
      // If the operation failed, only the record of that is missing.
      entry->ended = !unknown;
    } else {
      running_.erase(row.id);
    }
  }
  FailPoint("operation/answering").IgnoreError();
  for (const Done& done : dones) {
    if (status.ok()) {
      done(row);
    } else {
      done(status);
    }
  }
  if (open && on_open_) on_open_(row, unknown ? absl::OkStatus() : status);
}

absl::Status OperationRunner::RecordFailure(OperationRow& row,
                                            const absl::Status& status) {
  row.state =
      absl::IsCancelled(status) ? OperationState::kCancelled : OperationState::kFailed;
  row.phase = OperationPhase::kDone;
  row.changed = false;
  row.error_code = static_cast<int>(status.code());
  row.error_reason = ReasonOf(status);
  row.error_message = std::string(status.message());
  row.end_time = clock_->Now();
  return store_->Write([&](Transaction& tx) -> absl::Status {
    ASSIGN_OR_RETURN(const OperationRow kept, tx.operations().Get(row.id));
    if (kept.state != OperationState::kRunning) return absl::OkStatus();
    RETURN_IF_ERROR(tx.requests().DeleteByOperation(row.id));
    return tx.operations().Update(row);
  });
}

void OperationRunner::End(OperationRow row, const absl::Status& status) {
  std::shared_ptr<Entry> entry;
  {
    absl::MutexLock lock(&mutex_);
    const auto found = running_.find(row.id);
    entry = found != running_.end() ? found->second : std::make_shared<Entry>();
  }
  Finish(entry, std::move(row), status);
}

bool OperationRunner::Cancel(absl::string_view operation_id) {
  std::shared_ptr<Cancellation> cancellation;
  {
    absl::MutexLock lock(&mutex_);
    const auto found = running_.find(operation_id);
    if (found == running_.end()) return false;
    found->second->cancelled = true;
    cancellation = found->second->context.cancellation;
  }
  cancellation->Cancel();
  return true;
}

bool OperationRunner::HasEnded(absl::string_view operation_id) const {
  absl::MutexLock lock(&mutex_);
  const auto found = running_.find(operation_id);
  return found != running_.end() && found->second->ended;
}

bool OperationRunner::IsCancelled(absl::string_view operation_id) const {
  absl::MutexLock lock(&mutex_);
  const auto found = running_.find(operation_id);
  return found != running_.end() && found->second->cancelled;
}

std::unique_ptr<OperationRunner::Watch> OperationRunner::Subscribe(
    absl::string_view operation_id,
    std::function<void(const OperationRow&)> on_change) {
  absl::MutexLock lock(&mutex_);
  const auto found = running_.find(operation_id);
  if (found == running_.end()) return nullptr;
  const std::shared_ptr<Entry>& entry = found->second;
  on_change(entry->row);
  const int id = entry->next_watcher++;
  entry->watchers.emplace(id, std::move(on_change));
  return std::make_unique<WatchImpl>(this, entry, id);
}

OperationRow OperationRunner::WithLivePhase(OperationRow row) const {
  absl::MutexLock lock(&mutex_);
  const auto found = running_.find(row.id);
  if (found != running_.end() && row.state == OperationState::kRunning) {
    row.phase = found->second->row.phase;
  }
  return row;
}

void OperationRunner::Publish(const OperationRow& row) {
  absl::MutexLock lock(&mutex_);
  const auto found = running_.find(row.id);
  if (found == running_.end()) return;
  found->second->row = row;
  for (const auto& [id, watcher] : found->second->watchers) watcher(row);
}

}  // namespace gitsync
