#include "server/git/mirror/mirror_pool.h"

#include <git2/sys/mempack.h>
#include <git2/sys/odb_backend.h>
#include <sys/stat.h>

#include <algorithm>
#include <filesystem>
#include <iterator>
#include <optional>
#include <system_error>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "server/base/error.h"
#include "server/base/logging.h"
#include "server/base/status_macros.h"
#include "server/base/uuid.h"

namespace gitsync {
namespace {

namespace fs = std::filesystem;

// Before the mirror's own: the first that takes writes gets them all.
constexpr int kMemoryPriority = 1000;

bool IsMirrorId(absl::string_view id) {
  return !id.empty() && id.size() <= 128 &&
         std::all_of(id.begin(), id.end(), [](unsigned char c) {
           return absl::ascii_isalnum(c) || c == '-';
         });
}

// Tells a mirror from another one that was made in its place; 0 if there is none.
// Inode numbers alone are used again at once by some file systems.
uint64_t IdentityOf(const std::string& path) {
  struct stat info = {};
  if (stat(absl::StrCat(path, "/objects/pack").c_str(), &info) != 0) return 0;
  if (stat(absl::StrCat(path, "/HEAD").c_str(), &info) != 0) return 0;
  return (static_cast<uint64_t>(info.st_ino) << 32) ^
         (static_cast<uint64_t>(info.st_mtim.tv_sec) * 1'000'000'000 +
          static_cast<uint64_t>(info.st_mtim.tv_nsec));
}

absl::StatusOr<MirrorHandle> WithMemory(RepositoryPtr repository, uint64_t identity) {
  MirrorHandle handle;
  git_odb* raw_odb = nullptr;
  if (git_repository_odb(&raw_odb, repository.get()) != 0) {
    return GitFailure("open objects");
  }
  const OdbPtr odb(raw_odb);
  if (git_mempack_new(&handle.memory) != 0) return GitFailure("make a scratch");
  if (git_odb_add_backend(raw_odb, handle.memory, kMemoryPriority) != 0) {
    handle.memory->free(handle.memory);
    return GitFailure("add a scratch");
  }
  handle.repository = std::move(repository);
  handle.identity = identity;
  return handle;
}

// Not OK if there is no good repository.
absl::StatusOr<MirrorHandle> TryOpen(const std::string& path, uint64_t identity) {
  git_repository* repository = nullptr;
  if (git_repository_open_ext(&repository, path.c_str(),
                              GIT_REPOSITORY_OPEN_BARE | GIT_REPOSITORY_OPEN_NO_SEARCH,
                              nullptr) != 0) {
    git_error_clear();
    return absl::NotFoundError("no good mirror");
  }
  return WithMemory(RepositoryPtr(repository), identity);
}

}  // namespace

MirrorPool::MirrorPool(Options options) : options_(std::move(options)) {}

std::string MirrorPool::PathOf(absl::string_view id) const {
  return absl::StrCat(options_.directory, "/", id, ".git");
}

absl::StatusOr<Mirror> MirrorPool::Open(absl::string_view id) {
  if (!IsMirrorId(id)) return InternalError("a mirror id has a forbidden character");
  std::string name(id);
  const uint64_t identity = IdentityOf(PathOf(id));
  uint64_t generation = 0;
  if (auto idle = TakeIdle(name, identity, &generation); idle.has_value()) {
    return Mirror(this, std::move(name), *std::move(idle));
  }
  absl::StatusOr<MirrorHandle> handle = OpenOrMake(name, identity);
  if (!handle.ok()) {
    MirrorHandle none;
    none.generation = generation;
    GiveBack(name, std::move(none));
    return handle.status();
  }
  handle->generation = generation;
  return Mirror(this, std::move(name), *std::move(handle));
}

std::optional<MirrorHandle> MirrorPool::TakeIdle(const std::string& id,
                                                 uint64_t identity,
                                                 uint64_t* generation) {
  std::list<Idle> outdated;  // closed outside the lock
  absl::MutexLock lock(&mutex_);
  State& state = states_[id];
  ++state.users;
  state.used = true;
  state.last_used = absl::Now();
  *generation = state.generation;
  for (auto it = idle_.begin(); it != idle_.end();) {
    const auto next = std::next(it);
    if (it->id == id) {
      if (it->handle.identity == identity) {
        MirrorHandle handle = std::move(it->handle);
        idle_.erase(it);
        return handle;
      }
      outdated.splice(outdated.end(), idle_, it);
    }
    it = next;
  }
  return std::nullopt;
}

absl::StatusOr<MirrorHandle> MirrorPool::OpenOrMake(const std::string& id,
                                                    uint64_t identity) {
  const std::string path = PathOf(id);
  if (identity != 0) {
    if (auto handle = TryOpen(path, identity); handle.ok()) return handle;
  }
  absl::MutexLock lock(&create_mutex_);
  if (const uint64_t other = IdentityOf(path); other != 0) {
    // Another thread was quicker.
    if (auto handle = TryOpen(path, other); handle.ok()) return handle;
  }
  std::error_code error;
  if (fs::exists(path, error)) {
    Log(LogLevel::kWarning, "mirror is damaged and is made anew", {{"mirror_id", id}});
    fs::remove_all(path, error);
  }
  fs::create_directories(options_.directory, error);
  git_repository* repository = nullptr;
  git_repository_init_options options;
  git_repository_init_options_init(&options, GIT_REPOSITORY_INIT_OPTIONS_VERSION);
  options.flags = GIT_REPOSITORY_INIT_BARE | GIT_REPOSITORY_INIT_MKDIR;
  options.mode = 0700;
  if (git_repository_init_ext(&repository, path.c_str(), &options) != 0) {
    return GitFailure("make a mirror");
  }
  return WithMemory(RepositoryPtr(repository), IdentityOf(path));
}

void MirrorPool::GiveBack(const std::string& id, MirrorHandle handle) {
  RepositoryPtr closed;  // outside the lock: closing unmaps packs
  absl::MutexLock lock(&mutex_);
  const absl::Time now = absl::Now();
  State& state = states_[id];
  state.used = true;
  state.last_used = now;
  if (handle.generation != state.generation) {
    // Counted as open for as long as it is.
    mutex_.Unlock();
    handle.repository.reset();
    mutex_.Lock();
    --states_[id].old_users;
    --states_[id].users;
    return;
  }
  --state.users;
  if (handle.repository == nullptr) return;
  idle_.push_front({id, std::move(handle), now});
  if (idle_.size() > options_.max_idle) {
    closed = std::move(idle_.back().handle.repository);
    idle_.pop_back();
  }
}

void MirrorPool::PackAdded(const std::string& id) {
  {
    absl::MutexLock lock(&mutex_);
    if (++states_[id].packs_added < kManyPacks) return;
    states_[id].packs_added = 0;
  }
  if (wake_) wake_();
}

void MirrorPool::Drop(absl::string_view id) { Remove(id, /*only_if_unused=*/false); }

bool MirrorPool::DropIfUnused(absl::string_view id) {
  return Remove(id, /*only_if_unused=*/true);
}

bool MirrorPool::Remove(absl::string_view id, bool only_if_unused) {
  if (!IsMirrorId(id)) return false;
  // Moved away first, so that nobody opens a half-deleted one.
  const std::string trash = absl::StrCat(options_.directory, "/trash-", NewUuid());
  std::error_code error;
  std::list<Idle> closed;
  {
    absl::MutexLock create_lock(&create_mutex_);
    absl::MutexLock lock(&mutex_);
    State& state = states_[std::string(id)];
    if (only_if_unused && state.users > 0) return false;
    state.used = true;
    closed = TakeAllIdle(id);
    fs::rename(PathOf(id), trash, error);
  }
  if (!error) fs::remove_all(trash, error);
  return true;
}

std::list<MirrorPool::Idle> MirrorPool::TakeAllIdle(absl::string_view id) {
  std::list<Idle> taken;
  for (auto it = idle_.begin(); it != idle_.end();) {
    const auto next = std::next(it);
    if (it->id == id) taken.splice(taken.end(), idle_, it);
    it = next;
  }
  return taken;
}

void MirrorPool::Reopen(absl::string_view id) {
  std::list<Idle> closed;
  absl::MutexLock lock(&mutex_);
  const auto state = states_.find(id);
  if (state == states_.end()) return;
  ++state->second.generation;
  state->second.old_users = state->second.users;
  closed = TakeAllIdle(id);
}

bool MirrorPool::Reopened(absl::string_view id) {
  absl::MutexLock lock(&mutex_);
  const auto state = states_.find(id);
  return state == states_.end() || state->second.old_users == 0;
}

void MirrorPool::CloseUnusedSince(absl::Time time) {
  std::list<Idle> closed;
  absl::MutexLock lock(&mutex_);
  while (!idle_.empty() && idle_.back().since <= time) {
    closed.splice(closed.end(), idle_, std::prev(idle_.end()));
  }
}

std::vector<MirrorPool::Use> MirrorPool::TakeUses() {
  std::vector<Use> uses;
  absl::MutexLock lock(&mutex_);
  for (auto it = states_.begin(); it != states_.end();) {
    State& state = it->second;
    if (state.used) uses.push_back({it->first, state.last_used});
    state.used = false;
    state.packs_added = 0;
    const auto next = std::next(it);
    // A handle that is open knows its generation by it.
    const bool open = state.users > 0 ||
                      std::any_of(idle_.begin(), idle_.end(), [&it](const Idle& idle) {
                        return idle.id == it->first;
                      });
    if (!open) states_.erase(it);
    it = next;
  }
  return uses;
}

}  // namespace gitsync
