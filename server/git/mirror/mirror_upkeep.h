#ifndef GITSYNC_SERVER_GIT_MIRROR_MIRROR_UPKEEP_H_
#define GITSYNC_SERVER_GIT_MIRROR_MIRROR_UPKEEP_H_

#include <cstdint>
#include <map>
#include <string>
#include <thread>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/status/status.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"
#include "server/git/mirror/mirror_pool.h"
#include "server/git/pack/pack_merge.h"

namespace gitsync {

// Keeps mirrors small and few, beside the calls that use them: merges packs, bounds the
// disk space of all, and closes what is not used. It looks at all mirrors once, after
// the start, and then only at those that were used. Used by one thread, or Start.
class MirrorUpkeep {
 public:
  struct Options {
    // Of all mirrors together; beyond it, those used least recently are deleted.
    uint64_t max_bytes = uint64_t{10} << 30;
    // Between two passes, where nothing calls for one.
    absl::Duration period = absl::Minutes(1);
    // A mirror that was used so recently is not deleted: the call that used it may
    // come back to it.
    absl::Duration grace = absl::Seconds(10);
    // Handles that nobody used for so long are closed.
    absl::Duration max_idle_time = absl::Minutes(5);
  };

  // `pool` must outlive this object.
  MirrorUpkeep(MirrorPool* pool, const Options& options);
  ~MirrorUpkeep();
  MirrorUpkeep(const MirrorUpkeep&) = delete;
  MirrorUpkeep& operator=(const MirrorUpkeep&) = delete;

  // Makes passes on a thread of its own from now on, until this object is destroyed.
  void Start();

  // Does what is to be done now. Blocks on the disk.
  void Pass();

 private:
  struct Known {
    uint64_t bytes = 0;
    absl::Time last_used;
  };

  void Work();
  bool Stopping();
  // Looks at what an earlier run left.
  void FindMirrors();
  void LookAt(const MirrorPool::Use& use);
  // Merges the mirror's packs if they are too many; returns whether they were.
  bool Merge(const std::string& id, const std::vector<PackOnDisk>& packs);
  // Deletes packs that were merged, once nobody uses the mirror as it was before.
  void DeleteMerged();
  std::string ObjectsOf(const std::string& id) const;
  void DropLeastUsed();

  MirrorPool* const pool_;
  const Options options_;
  bool found_mirrors_ = false;
  bool beyond_limit_ = false;
  std::map<std::string, Known> mirrors_;                    // all on the disk
  std::map<std::string, std::vector<std::string>> merged_;  // packs, by mirror
  absl::Mutex mutex_;
  absl::CondVar changed_;
  bool stopping_ ABSL_GUARDED_BY(mutex_) = false;
  bool woken_ ABSL_GUARDED_BY(mutex_) = false;
  std::thread thread_;
};

}  // namespace gitsync

#endif  // GITSYNC_SERVER_GIT_MIRROR_MIRROR_UPKEEP_H_
