// Bare local copies of remote repositories. They are caches: a mirror that is lost,
// damaged or deleted is made anew, and costs time only.

#ifndef GITSYNC_SERVER_GIT_MIRROR_H_
#define GITSYNC_SERVER_GIT_MIRROR_H_

#include <cstdint>
#include <list>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/synchronization/mutex.h"
#include "server/git/libgit2.h"

namespace gitsync {

class MirrorPool;

// A mirror that is open. What is written through it stays in memory until it is kept.
struct MirrorHandle {
  RepositoryPtr repository;
  git_odb_backend* memory = nullptr;  // of `repository`: what is not kept yet
  uint64_t identity = 0;
};

// The right to use one mirror on one thread; given back when destroyed. Others may use
// the same mirror at the same time, each with a handle of its own: objects are only
// ever added.
class Mirror {
 public:
  ~Mirror();
  Mirror(Mirror&&) noexcept = default;
  Mirror& operator=(Mirror&&) = delete;

  // For reading, and for fetching packs.
  git_repository* repository() const { return handle_.repository.get(); }

  // For writing objects. Only this handle sees them, and they are gone with it, unless
  // they are kept: a push that comes to nothing leaves nothing behind, and one that
  // goes well does not wait for files that are only a cache.
  git_repository* Scratch() {
    has_scratch_ = true;
    return repository();
  }

  // Writes these of the scratch's objects to the disk and forgets the others. Blocks.
  absl::Status Keep(const std::vector<git_oid>& objects);

  // Whether the commit is here, with all that it needs.
  bool HasCommit(absl::string_view id) const;

  // Remembers a fetched or pushed commit as what `remote_ref` was last seen at. For
  // the next negotiation only: nothing that matters is lost if it fails.
  void RememberTip(absl::string_view remote_ref, absl::string_view commit_id) const;

  // The commit that `remote_ref` was last seen at; empty if that is not known.
  std::string SeenTip(absl::string_view remote_ref) const;

  // Commits to tell a remote that we have: where its refs were last seen, and what
  // leads there, at most 256.
  std::vector<std::string> KnownCommits() const;

 private:
  friend class MirrorPool;
  Mirror(MirrorPool* pool, std::string id, MirrorHandle handle)
      : pool_(pool), id_(std::move(id)), handle_(std::move(handle)) {}

  MirrorPool* pool_;
  std::string id_;
  MirrorHandle handle_;
  bool has_scratch_ = false;
};

// Makes, opens and keeps mirrors open. Thread-safe; outlives its mirrors.
class MirrorPool {
 public:
  // Mirrors are folders `<directory>/<id>.git`. At most `max_idle` are kept open that
  // nobody uses.
  MirrorPool(std::string directory, size_t max_idle);
  MirrorPool(const MirrorPool&) = delete;
  MirrorPool& operator=(const MirrorPool&) = delete;

  // Opens the mirror, and makes it if there is none, or if it is damaged. Blocks on
  // the local disk. RESOURCE_EXHAUSTED (STORAGE_FULL), INTERNAL.
  absl::StatusOr<Mirror> Open(absl::string_view id);

  // Deletes the mirror. Calls that use it at this moment may fail with a mirror fault
  // (IsMirrorFault), and go well if repeated.
  void Drop(absl::string_view id);

 private:
  friend class Mirror;
  struct Idle {
    std::string id;
    MirrorHandle handle;
  };

  void GiveBack(Idle idle);
  std::string PathOf(absl::string_view id) const;

  const Libgit2Library library_;
  const std::string directory_;
  const size_t max_idle_;
  absl::Mutex mutex_;
  std::list<Idle> idle_ ABSL_GUARDED_BY(mutex_);  // used last first
  absl::Mutex create_mutex_;  // held while a folder is made or deleted
};

}  // namespace gitsync

#endif  // GITSYNC_SERVER_GIT_MIRROR_H_
