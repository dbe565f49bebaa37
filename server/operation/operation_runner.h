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

// A request id as it is kept. An empty `key` means that the caller gave none.
struct RequestKey {
  std::string key;
  std::string fingerprint;
};

// INVALID_ARGUMENT (REQUEST_ID_REUSED) if `row` is the record of another request.
absl::Status CheckSameRequest(const RequestRow& row, const RequestKey& key);

// Runs operations on the worker pool, one at a time in each lane or in batches, and
// keeps their records: queued, progress, ended. Thread-safe.
class OperationRunner {
  struct Entry;

 public:
  // An operation in progress, as its body sees it. Used by one thread at a time.
  class Run {
   public:
    // A run of an operation in doubt that nobody waits for. Its user ends the
    // operation, if anyone does.
    Run(OperationRunner* runner, OperationRow row, Context context)
        : runner_(runner), row_(std::move(row)), context_(std::move(context)) {}

    // The record. What the body sets in it is stored with the result.
    OperationRow& row() { return row_; }
    const Context& context() const { return context_; }
    // Plan::input.
    const std::any& input() const { return input_; }
    // Whether an earlier run left the operation's record running.
    bool was_open() const { return was_open_; }

    // Tells watchers which phase the operation has reached. The phase does not survive
    // a restart.
    void SetPhase(OperationPhase phase);

    // Marks the point after which the operation can't be called off: from then on its
    // body decides how it ends. Returns false if it has been called off, and so has
    // ended. In a batch, each operation is called off by its own caller's deadline or
    // cancellation, except one that was already in doubt, since nobody can tell how it
    // ends.
    bool Claim();

    // Writes the record as succeeded. Call it in the transaction that makes the result
    // durable, so that either both are durable or neither is.
    absl::Status Succeed(Transaction& tx);

    // Whether it has been ended, or called off.
    bool HasEnded() const;

    // Ends an operation of a JointBody, and answers those who wait for it. OK means the
    // same as in Body.
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

  // Does the work, on a worker. Returns OK only after it has committed a transaction in
  // which it called Run::Succeed.
  using Body = std::function<absl::Status(Run&)>;
  // Does the work of a batch, which is several operations of one lane with different
  // keys, and ends each with Run::End. `context` is for work that serves the whole
  // batch: it ends when the last of the operations' contexts ends.
  using JointBody =
      std::function<void(const std::vector<Run*>& runs, const Context& context)>;
  // Gets the ended operation, or the reason why it failed. Called once; must not block.
  using Done = std::function<void(absl::StatusOr<OperationRow>)>;
  // Handles an operation whose record stays running: a push that ended with
  // OUTCOME_UNKNOWN (`failure` is OK), or an operation that failed with `failure`,
  // which the store did not accept.
  using OnOpen =
      std::function<void(const OperationRow& row, const absl::Status& failure)>;

  // What to run.
  struct Plan {
    OperationRow row;
    WorkerPool::Lane lane;
    Body body;
    // Replaces `body` for an operation that can be batched with those behind it.
    JointBody joint_body;
    std::string joint_key;  // empty: it is never batched
    int64_t bytes = 0;      // roughly what it holds in memory
    // What the body needs besides the record.
    std::any input;
  };

  // All must outlive this object. `time_limit` bounds every operation.
  OperationRunner(Store* store, WorkerPool* pool, const Clock* clock,
                  absl::Duration time_limit);
  // The pool must have been shut down.
  ~OperationRunner();

  // Blocks until the operations that the pool refused are recorded. For shutdown, after
  // the pool's own Shutdown.
  void Shutdown();

  // Sets the handler of operations whose record stays running. Call before the first
  // Start.
  void SetOnOpen(OnOpen handler) { on_open_ = std::move(handler); }

  // Plans an operation, records it, and queues it. `plan` is called in a write
  // transaction; its error becomes the operation's error. Blocks on the store only.
  //
  // A repeated request joins the operation that the first one started, or gets its
  // result. Cancelling the context cancels the operation.
  void Start(const RequestKey& request, const Context& context,
             const std::function<absl::StatusOr<Plan>(const Transaction&)>& plan,
             Done done);

  // Runs an operation that is already recorded, after a restart or an unknown outcome.
  void Resume(Plan plan, Done done);

  // Makes the current records of `runs`, which are still running, durable in one
  // transaction. Records of operations that have ended stay as they are.
  absl::Status Save(const std::vector<Run*>& runs);

  // Ends a recorded operation that is neither waiting nor running. `status` is OK if
  // its result was recorded as succeeded, else the error to record. Blocks on the
  // store.
  void End(OperationRow row, const absl::Status& status);

  // Cancels an operation that is waiting or in progress here. Returns false if it is
  // neither.
  bool Cancel(absl::string_view operation_id);
  // Whether Cancel was called for the operation. A Cancel that led to an unknown
  // outcome is forgotten: only a later Cancel stops the work that finds the outcome
  // out.
  bool IsCancelled(absl::string_view operation_id) const;

  // Whether an operation has ended here while its record does not say so yet.
  bool HasEnded(absl::string_view operation_id) const;

  // A watcher of one operation.
  class Watch {
   public:
    virtual ~Watch() = default;
  };

  // Calls `on_change` with the operation now and at each change, until it has ended or
  // the watch is destroyed. Destroying the watch waits for a call in progress. Returns
  // null if the operation does not run here: then its record in the store is final. The
  // callback must not block, call into this object, or destroy the watch.
  std::unique_ptr<Watch> Subscribe(absl::string_view operation_id,
                                   std::function<void(const OperationRow&)> on_change);

  // Returns `row` with the phase that the operation has reached, if it runs here.
  OperationRow WithLivePhase(OperationRow row) const;

 private:
  struct Together;
  class WatchImpl;

  void Enqueue(const std::shared_ptr<Entry>& entry, Plan plan);
  void Execute(const std::shared_ptr<Entry>& entry, const Body& body);
  // Adds waiting operations of the lane that can be batched with `entries`.
  void TakeAlong(const WorkerPool::Lane& lane,
                 std::vector<std::shared_ptr<Entry>>& entries);
  void ExecuteJoint(std::vector<std::shared_ptr<Entry>> entries, const JointBody& body);
  std::unique_ptr<Run> NewRun(const std::shared_ptr<Entry>& entry);
  // Called when the context of a batched operation has ended.
  void OnContextEnd(const std::shared_ptr<Entry>& entry, const absl::Status& status);
  // Records that a batched operation does not need its batch any more.
  void Leave(Entry& entry) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  // Whether a shutdown ended it, rather than its caller or Cancel.
  bool WasCut(const Entry& entry) const ABSL_LOCKS_EXCLUDED(mutex_);
  void Finish(const std::shared_ptr<Entry>& entry, OperationRow row,
              const absl::Status& status);
  // The same for threads that must not wait for the disk: the recorder writes the
  // record.
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
  // Records operations that ended before they ran, or while their batch was running.
  Executor recorder_;
};

}  // namespace gitsync

#endif  // GITSYNC_SERVER_OPERATION_OPERATION_RUNNER_H_
