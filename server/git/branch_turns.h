#ifndef GITSYNC_SERVER_GIT_BRANCH_TURNS_H_
#define GITSYNC_SERVER_GIT_BRANCH_TURNS_H_

#include <set>
#include <string>
#include <utility>

#include "absl/status/statusor.h"
#include "absl/synchronization/mutex.h"
#include "server/base/context.h"

namespace gitsync {

// One writer for each mirror and branch. Thread-safe; outlives its turns.
class BranchTurns {
 public:
  // A turn; given back when destroyed.
  class Turn {
   public:
    Turn(BranchTurns* owner, std::pair<std::string, std::string> key)
        : owner_(owner), key_(std::move(key)) {}
    Turn(Turn&& other) noexcept
        : owner_(std::exchange(other.owner_, nullptr)), key_(std::move(other.key_)) {}
    Turn& operator=(Turn&&) = delete;
    ~Turn();

   private:
    BranchTurns* owner_;
    std::pair<std::string, std::string> key_;
  };

  // Blocks until the turn is free, or the context ends (its error).
  absl::StatusOr<Turn> Take(const std::string& mirror_id, const std::string& branch,
                            const Context& context);

 private:
  absl::Mutex mutex_;
  absl::CondVar changed_;
  std::set<std::pair<std::string, std::string>> taken_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace gitsync

#endif  // GITSYNC_SERVER_GIT_BRANCH_TURNS_H_
