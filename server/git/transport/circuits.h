// Remotes that keep failing are left alone for a while: their callers are told at once,
// and neither workers nor the remote's host are kept busy for nothing.
//
// A circuit is what fails or works together: one organization's remote with the
// credentials that it has now. After enough failures in a row the circuit opens: calls
// are refused until a pause is over. Then one call is let through as a trial. As soon
// as the remote answers it, others are let through, too; if it fails, a longer pause
// begins. A call that works to its end closes the circuit and forgets its failures.

#ifndef GITSYNC_SERVER_GIT_TRANSPORT_CIRCUITS_H_
#define GITSYNC_SERVER_GIT_TRANSPORT_CIRCUITS_H_

#include <map>
#include <memory>
#include <optional>
#include <random>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"
#include "server/base/clock.h"
#include "server/base/context.h"

namespace gitsync {

// The circuits of all remotes, in memory only. Thread-safe; nothing blocks.
class Circuits {
 public:
  struct Options {
    // This many calls in a row that fail begin a pause.
    int most_failures = 5;
    // The first pause, and the longest: each one is twice the one before.
    absl::Duration first_pause = absl::Seconds(5);
    absl::Duration longest_pause = absl::Minutes(5);
    // A pause is longer or shorter by up to this share of it, so that remotes of one
    // host are not all tried at once.
    double jitter = 0.2;
  };

  // Why and until when a remote is left alone.
  struct Pause {
    std::string reason;  // the message of the last failure
    int failures = 0;    // calls that failed in a row
    absl::Time next_try;
  };

  // A try to reach a remote. At most one of Failed and Worked is called, or none if it
  // is not known how the remote is; destroyed when it is over. Used by one thread at a
  // time; `circuits` outlives it.
  class Try {
   public:
    Try(Circuits* circuits, std::string circuit, bool trial)
        : circuits_(circuits), circuit_(std::move(circuit)), trial_(trial) {}
    ~Try() { circuits_->EndTrial(*this); }
    Try(const Try&) = delete;
    Try& operator=(const Try&) = delete;

    // The remote has begun to answer.
    void Answered() { circuits_->Answered(*this); }
    // `call` tells tries of one call, which are one failure, from those of another.
    void Failed(const absl::Status& error, const Context& call) {
      circuits_->Failed(*this, error, call);
    }
    void Worked() { circuits_->Worked(*this); }

   private:
    friend class Circuits;
    Circuits* const circuits_;
    const std::string circuit_;
    bool trial_;  // others wait for the outcome
  };

  // `clock` must outlive this object.
  Circuits(const Clock* clock, const Options& options);

  // Begins a try. With `in_any_case` it is begun in a pause, too.
  //
  //   UNAVAILABLE (REMOTE_PAUSED) with RetryInfo and the metadata `next_try_time`
  absl::StatusOr<std::unique_ptr<Try>> Begin(const std::string& circuit,
                                             bool in_any_case);

  // OK, or the error that Begin would return now. Begins nothing.
  absl::Status Check(const std::string& circuit) const;

  // The circuit's pause, if it is in one.
  std::optional<Pause> PauseOf(const std::string& circuit) const;

 private:
  struct Circuit {
    int failures = 0;
    std::string reason;
    absl::Time last_failure;
    // The call that failed last. It may be gone: only its identity counts.
    std::weak_ptr<Cancellation> last_call;
    bool open = false;
    bool trial = false;  // a trial is under way
    absl::Time next_try;
    int pauses = 0;
  };

  void Answered(Try& one);
  void Failed(Try& one, const absl::Status& error, const Context& call);
  void Worked(Try& one);
  void EndTrial(Try& one);
  std::optional<Pause> FindPause(const std::string& circuit) const
      ABSL_SHARED_LOCKS_REQUIRED(mutex_);
  void Open(Circuit& circuit, absl::Time now) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void ForgetOld(absl::Time now) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);

  const Clock* const clock_;
  const Options options_;
  mutable absl::Mutex mutex_;
  // Those that failed since they last worked.
  std::map<std::string, Circuit> circuits_ ABSL_GUARDED_BY(mutex_);
  std::minstd_rand random_ ABSL_GUARDED_BY(mutex_){std::random_device()()};
};

}  // namespace gitsync

#endif  // GITSYNC_SERVER_GIT_TRANSPORT_CIRCUITS_H_
