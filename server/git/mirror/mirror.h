// Bare local copies of remote repositories. They are caches: a mirror that is lost,
// damaged or deleted is made anew, and costs time only.

#ifndef GITSYNC_SERVER_GIT_MIRROR_MIRROR_H_
#define GITSYNC_SERVER_GIT_MIRROR_MIRROR_H_

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "server/git/object/libgit2.h"
#include "server/git/object/new_object.h"

namespace gitsync {

class MirrorPool;

// A mirror that is open. What is written through it stays in memory until it is kept.
struct MirrorHandle {
  RepositoryPtr repository;
  git_odb_backend* memory = nullptr;  // of `repository`: what is not kept yet
  uint64_t identity = 0;              // tells the mirror from one made in its place
  uint64_t generation = 0;            // how often its packs had been merged
};

// The right to use one mirror on one thread; given back when destroyed. Others may use
// the same mirror at the same time, each with a handle of its own: objects are only
// ever added, and where packs are merged, handles find the objects in the new one.
class Mirror {
 public:
  ~Mirror();
  Mirror(Mirror&& other) noexcept;
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

  // Writes these of the scratch's objects to the disk, as one pack, and forgets the
  // others. An object whose base says what was in its place before makes the base
  // small, if that is among them. Blocks.
  absl::Status Keep(const std::vector<NewObject>& objects);

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

  // How much one fetch may bring.
  uint64_t max_fetch_bytes() const;

  // Says that a fetch has brought a pack.
  void PackAdded() const;

 private:
  friend class MirrorPool;
  Mirror(MirrorPool* pool, std::string id, MirrorHandle handle)
      : pool_(pool), id_(std::move(id)), handle_(std::move(handle)) {}

  MirrorPool* pool_;  // null: moved from
  std::string id_;
  MirrorHandle handle_;
  bool has_scratch_ = false;
};

}  // namespace gitsync

#endif  // GITSYNC_SERVER_GIT_MIRROR_MIRROR_H_
