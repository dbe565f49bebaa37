#ifndef GITSYNC_SERVER_OPERATION_OPERATION_RUNNER_H_
#define GITSYNC_SERVER_OPERATION_OPERATION_RUNNER_H_

#include <any>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"
#include "server/base/clock.h"
#include "server/base/context.h"
#include "server/base/executor.h"
#include "server/operation/worker_pool.h"
#include "storage/store.h"

namespace gitsync {

// A request id as it is kept: empty `key` means that the caller gave none.
struct RequestKey {
  std::string key;
  std::string fingerprint;
};

// INVALID_ARGUMENT (REQUEST_ID_REUSED) if `row` is the record of another request.
absl::Status CheckSameRequest(const RequestRow& row, const RequestKey& key);

// Runs operations on the worker pool, one after the other in each lane or several
// together, and keeps their records: queued, progress, ended. Thread-safe.
class OperationRunner {
  struct Entry;

 public:
  // An operation in progress, as its body sees it. Used by one thread at a time.
  class Run {
   public:
    // A run of an open operation that nobody waits for and that its user ends, if at
    // all.
    Run(OperationRunner* runner, OperationRow row, Context context)
        : runner_(runner), row_(std::move(row)), context_(std::move(context)) {}

    // The record. What the body sets is kept with its result.
    OperationRow& row() { return row_; }
    const Context& context() const { return context_; }
    // Plan::input.
    const std::any& input() const { return input_; }
    // Whether it is an operation of which an earlier run left the record running.
    bool was_open() const { return was_open_; }

    // Tells watchers what the operation is at. Not kept over a restart.
    void SetPhase(OperationPhase phase);

    // Takes the operation to where it can't be called off any more: it ends by what its
    // body does. False if it has been called off, and has ended. Of those that run
    // together, each is called off by its own caller's deadline or cancellation; but
    // not one that was open, since nobody can tell how it ends.
    bool Claim();

    // Writes the record as succeeded: call it in the transaction that makes the
    // result durable, so that both are or neither is.
    absl::Status Succeed(Transaction& tx);

    // Whether it has been ended, or called off.
    bool HasEnded() const;

    // Ends the operation of a JointBody: OK as in Body. Answers those who wait for it.
    void End(const absl::Status& status);

   private:
    friend class OperationRunner;

    OperationRunner* const runner_;
    OperationRow row_;
    const Context context_;
    std::any input_;
    bool was_open_ = true;
    std::shared_ptr<Entry> entry_;  // null: nobody waits
    bool ended_ = false;            // by End
  };

  // Does the work, on a worker; OK only after a transaction in which it called
  // Run::Succeed was committed.
  using Body = std::function<absl::Status(Run&)>;
  // Does the work of several operations of a lane together, and ends each with
  // Run::End. They differ in their keys. `context` is for what is done for all of them:
  // it ends with the last of theirs.
  using JointBody =
      std::function<void(const std::vector<Run*>& runs, const Context& context)>;
  // Told the ended operation, or why it failed. Called once; must not block.
  using Done = std::function<void(absl::StatusOr<OperationRow>)>;
  // What to do with an operation whose record stays running: a push that ended with
  // OUTCOME_UNKNOWN (`failure` is OK), or one that failed with `failure`, which the
  // store did not take.
  using OnOpen =
      std::function<void(const OperationRow& row, const absl::Status& failure)>;

  // What to run.
  struct Plan {
    OperationRow row;
    WorkerPool::Lane lane;
    Body body;
    // In place of `body`, for what can be done together with what waits behind it.
    JointBody joint_body;
    std::string joint_key;  // empty: it goes alone
    int64_t bytes = 0;      // about what it holds in memory
    // What the body needs besides the record.
    std::any input;
  };

  // All must outlive this object. `time_limit` bounds every operation.
  OperationRunner(Store* store, WorkerPool* pool, const Clock* clock,
                  absl::Duration time_limit);
  // The pool must have been shut down.
  ~OperationRunner();

  // Blocks until the operations that the pool refused are recorded. For shutdown, after
  // the pool's own.
  void Shutdown();

  // Sets what is called for operations that stay open. Call before the first Start.
  void SetOnOpen(OnOpen handler) { on_open_ = std::move(handler); }

  // Plans an operation, records it, and queues it. `plan` is called in a write
  // transaction; its error is the operation's. Blocks on the store only.
  //
  // A repeated request joins the operation that the first one started, or gets its
  // result. Cancelling the context cancels the operation.
  void Start(const RequestKey& request, const Context& context,
             const std::function<absl::StatusOr<Plan>(const Transaction&)>& plan,
             Done done);

  // Runs an operation that is recorded already, after a restart or an unknown outcome.
  void Resume(Plan plan, Done done);

  // Makes the records of runs durable as they are now, still running, all together; but
  // those that have ended stay as they are.
  absl::Status Save(const std::vector<Run*>& runs);

  // Ends a recorded operation that neither waits nor runs now: OK for one whose result
  // was recorded as succeeded, else the error to record. Blocks on the store.
  void End(OperationRow row, const absl::Status& status);

  // Cancels an operation that is waiting or in progress; false if it is neither here.
  bool Cancel(absl::string_view operation_id);
  // Whether Cancel was called for it. Of what led to an unknown outcome it is
  // forgotten: only who cancels the operation from then on means what is done to find
  // it out.
  bool IsCancelled(absl::string_view operation_id) const;

  // Whether an operation has ended here, and only its record does not say so yet.
  bool HasEnded(absl::string_view operation_id) const;

  // A watcher of one operation.
  class Watch {
   public:
    virtual ~Watch() = default;
  };

  // Calls `on_change` with the operation now and at each change, until it has ended or
  // the watch is destroyed, which waits for a call in progress. Null if it does not run
  // here: then its record in the store is final. The callback must not block, nor call
  // into this object, nor destroy the watch.
  std::unique_ptr<Watch> Subscribe(absl::string_view operation_id,
                                   std::function<void(const OperationRow&)> on_change);

  // `row` with the phase that it has reached, if it runs here.
  OperationRow WithLivePhase(OperationRow row) const;

 private:
  struct Together;
  class WatchImpl;

  void Enqueue(const std::shared_ptr<Entry>& entry, Plan plan);
  void Execute(const std::shared_ptr<Entry>& entry, const Body& body);
  // Adds what waits in the lane and can be done together with `entries`.
  void TakeAlong(const WorkerPool::Lane& lane,
                 std::vector<std::shared_ptr<Entry>>& entries);
  void ExecuteJoint(std::vector<std::shared_ptr<Entry>> entries, const JointBody& body);
  std::unique_ptr<Run> NewRun(const std::shared_ptr<Entry>& entry);
  // Of one that runs with others: its context has ended.
  void OnContextEnd(const std::shared_ptr<Entry>& entry, const absl::Status& status);
  // Of one that runs with others: it does not need them any more.
  void Leave(Entry& entry) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  // Whether it was a shutdown that ended it, and not its caller or Cancel.
  bool WasCut(const Entry& entry) const ABSL_LOCKS_EXCLUDED(mutex_);
  void Finish(const std::shared_ptr<Entry>& entry, OperationRow row,
              const absl::Status& status);
  // The same for threads that must not wait for the disk, which recording takes.
  void FinishElsewhere(const std::shared_ptr<Entry>& entry, const OperationRow& row,
                       const absl::Status& status);
  absl::Status RecordFailure(OperationRow& row, const absl::Status& status);
  void Join(const std::string& operation_id, Done done);
  void Publish(const OperationRow& row);

  Store* const store_;
  WorkerPool* const pool_;
  const Clock* const clock_;
  const absl::Duration time_limit_;
  OnOpen on_open_;

  mutable absl::Mutex mutex_;
  std::map<std::string, std::shared_ptr<Entry>, std::less<>> running_
      ABSL_GUARDED_BY(mutex_);
  // Records operations that ended without a turn, or in the middle of one.
  Executor recorder_;
};

}  // namespace gitsync

#endif  // GITSYNC_SERVER_OPERATION_OPERATION_RUNNER_H_
