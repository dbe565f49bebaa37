#ifndef GITSYNC_SERVER_GIT_MIRROR_MIRROR_POOL_H_
#define GITSYNC_SERVER_GIT_MIRROR_MIRROR_POOL_H_

#include <cstdint>
#include <functional>
#include <list>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"
#include "server/git/mirror/mirror.h"

namespace gitsync {

// Past so many packs a mirror's packs are merged.
inline constexpr int kManyPacks = 50;

// Makes, opens and keeps mirrors open. Thread-safe; outlives its mirrors.
class MirrorPool {
 public:
  struct Options {
    // Mirrors are folders `<directory>/<id>.git`; what is to be deleted is in folders
    // `<directory>/trash-*`.
    std::string directory;
    size_t max_idle = 64;  // kept open that nobody uses
    uint64_t max_fetch_bytes = uint64_t{4} << 30;
  };

  explicit MirrorPool(Options options);
  MirrorPool(const MirrorPool&) = delete;
  MirrorPool& operator=(const MirrorPool&) = delete;

  // Opens the mirror, and makes it if there is none, or if it is damaged. Blocks on
  // the local disk. RESOURCE_EXHAUSTED (STORAGE_FULL), INTERNAL.
  absl::StatusOr<Mirror> Open(absl::string_view id);

  // Deletes the mirror. Calls that use it at this moment may fail with a mirror fault
  // (IsMirrorFault), and go well if repeated.
  void Drop(absl::string_view id);

  // The rest is for the upkeep (mirror_upkeep.h).

  // Deletes the mirror if nobody uses it; returns whether.
  bool DropIfUnused(absl::string_view id);

  // Has handles that were opened so far closed: at once if nobody uses them, else when
  // they are given back.
  void Reopen(absl::string_view id);

  // Whether all those are closed.
  bool Reopened(absl::string_view id);

  // Closes handles that nobody has used since `time`.
  void CloseUnusedSince(absl::Time time);

  // What was opened, changed or dropped since this was last called, and when last.
  struct Use {
    std::string id;
    absl::Time time;
  };
  std::vector<Use> TakeUses();

  // Has `wake` called, on any thread, when many packs were added to a mirror since
  // TakeUses told of it. It must not block. Set once, before mirrors are used.
  void OnManyPacks(std::function<void()> wake) { wake_ = std::move(wake); }

  const std::string& directory() const { return options_.directory; }
  std::string PathOf(absl::string_view id) const;

 private:
  friend class Mirror;
  struct Idle {
    std::string id;
    MirrorHandle handle;
    absl::Time since;
  };
  // What is known of a mirror; forgotten when it is not in use and there is no news.
  struct State {
    int users = 0;
    int old_users = 0;  // with handles of before the last Reopen
    int packs_added = 0;
    uint64_t generation = 0;
    bool used = false;  // since TakeUses
    absl::Time last_used;
  };

  // A handle that nobody uses; or how to make one. Counts a user.
  std::optional<MirrorHandle> TakeIdle(const std::string& id, uint64_t identity,
                                       uint64_t* generation);
  absl::StatusOr<MirrorHandle> OpenOrMake(const std::string& id, uint64_t identity);
  // Takes back what TakeIdle counted, with the generation that it told. `handle`: to be
  // kept, if it has a repository.
  void GiveBack(const std::string& id, MirrorHandle handle);
  void PackAdded(const std::string& id);
  bool Remove(absl::string_view id, bool only_if_unused);
  std::list<Idle> TakeAllIdle(absl::string_view id)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);

  const Libgit2Library library_;
  const Options options_;
  std::function<void()> wake_;
  absl::Mutex mutex_;
  std::list<Idle> idle_ ABSL_GUARDED_BY(mutex_);  // used last first
  std::map<std::string, State, std::less<>> states_ ABSL_GUARDED_BY(mutex_);
  absl::Mutex create_mutex_;  // held while a folder is made; taken before `mutex_`
};

}  // namespace gitsync

#endif  // GITSYNC_SERVER_GIT_MIRROR_MIRROR_POOL_H_
