#include "server/git/mirror.h"

#include <sys/stat.h>

#include <algorithm>
#include <filesystem>
#include <system_error>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "server/base/error.h"
#include "server/base/logging.h"
#include "server/base/status_macros.h"
#include "server/base/uuid.h"

namespace gitsync {
namespace {

namespace fs = std::filesystem;

constexpr size_t kMaxKnownCommits = 256;

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
  if (stat(absl::StrCat(path, "/objects").c_str(), &info) != 0) return 0;
  if (stat(absl::StrCat(path, "/HEAD").c_str(), &info) != 0) return 0;
  return (static_cast<uint64_t>(info.st_ino) << 32) ^
         (static_cast<uint64_t>(info.st_mtim.tv_sec) * 1'000'000'000 +
          static_cast<uint64_t>(info.st_mtim.tv_nsec));
}

RepositoryPtr TryOpen(const std::string& path) {
  git_repository* repository = nullptr;
  if (git_repository_open_ext(&repository, path.c_str(),
                              GIT_REPOSITORY_OPEN_BARE | GIT_REPOSITORY_OPEN_NO_SEARCH,
                              nullptr) != 0) {
    git_error_clear();
    return nullptr;
  }
  return RepositoryPtr(repository);
}

}  // namespace

Mirror::~Mirror() {
  if (repository_ != nullptr) {
    pool_->GiveBack({std::move(id_), std::move(repository_), identity_});
  }
}

bool Mirror::HasCommit(absl::string_view id) const {
  const std::optional<git_oid> oid = ParseOid(id);
  if (!oid.has_value()) return false;
  git_commit* commit = nullptr;
  if (git_commit_lookup(&commit, repository(), &*oid) != 0) {
    git_error_clear();
    return false;
  }
  git_commit_free(commit);
  return true;
}

void Mirror::RememberTip(absl::string_view remote_ref,
                         absl::string_view commit_id) const {
  const std::optional<git_oid> target = ParseOid(commit_id);
  git_oid name;
  // Refs under the remote's own names would clash where the remote replaces the
  // branch "a" by "a/b".
  if (!target.has_value() ||
      git_odb_hash(&name, remote_ref.data(), remote_ref.size(), GIT_OBJECT_BLOB) != 0) {
    return;
  }
  git_reference* reference = nullptr;
  const std::string ref = absl::StrCat("refs/gitsync/seen/", OidHex(name));
  if (git_reference_create(&reference, repository(), ref.c_str(), &*target,
                           /*force=*/1, nullptr) == 0) {
    git_reference_free(reference);
  }
  git_error_clear();
}

std::vector<std::string> Mirror::KnownCommits() const {
  std::vector<std::string> commits;
  git_revwalk* raw_walk = nullptr;
  if (git_revwalk_new(&raw_walk, repository()) != 0) return commits;
  const RevwalkPtr walk(raw_walk);
  git_revwalk_push_glob(raw_walk, "refs/gitsync/seen/*");
  git_oid oid;
  while (commits.size() < kMaxKnownCommits && git_revwalk_next(&oid, raw_walk) == 0) {
    commits.push_back(OidHex(oid));
  }
  git_error_clear();
  return commits;
}

MirrorPool::MirrorPool(std::string directory, size_t max_idle)
    : directory_(std::move(directory)), max_idle_(max_idle) {}

std::string MirrorPool::PathOf(absl::string_view id) const {
  return absl::StrCat(directory_, "/", id, ".git");
}

absl::StatusOr<Mirror> MirrorPool::Open(absl::string_view id) {
  if (!IsMirrorId(id)) return InternalError("a mirror id has a forbidden character");
  const std::string path = PathOf(id);
  const uint64_t identity = IdentityOf(path);
  if (identity != 0) {
    absl::MutexLock lock(&mutex_);
    for (auto it = idle_.begin(); it != idle_.end(); ++it) {
      if (it->id == id && it->identity == identity) {
        Mirror mirror(this, std::move(it->id), std::move(it->repository), identity);
        idle_.erase(it);
        return mirror;
      }
    }
  }
  if (RepositoryPtr repository = identity == 0 ? nullptr : TryOpen(path)) {
    return Mirror(this, std::string(id), std::move(repository), identity);
  }

  absl::MutexLock lock(&create_mutex_);
  if (const uint64_t other = IdentityOf(path); other != 0) {
    // Another thread was quicker.
    if (RepositoryPtr repository = TryOpen(path)) {
      return Mirror(this, std::string(id), std::move(repository), other);
    }
  }
  std::error_code error;
  if (fs::exists(path, error)) {
    Log(LogLevel::kWarning, "mirror is damaged and is made anew", {{"mirror_id", id}});
    fs::remove_all(path, error);
  }
  fs::create_directories(directory_, error);
  git_repository* repository = nullptr;
  git_repository_init_options options = GIT_REPOSITORY_INIT_OPTIONS_INIT;
  options.flags = GIT_REPOSITORY_INIT_BARE | GIT_REPOSITORY_INIT_MKDIR;
  options.mode = 0700;
  if (git_repository_init_ext(&repository, path.c_str(), &options) != 0) {
    return GitFailure("make a mirror");
  }
  return Mirror(this, std::string(id), RepositoryPtr(repository), IdentityOf(path));
}

void MirrorPool::GiveBack(Idle handle) {
  RepositoryPtr closed;  // outside the lock: closing unmaps packs
  absl::MutexLock lock(&mutex_);
  idle_.push_front(std::move(handle));
  if (idle_.size() > max_idle_) {
    closed = std::move(idle_.back().repository);
    idle_.pop_back();
  }
}

void MirrorPool::Drop(absl::string_view id) {
  if (!IsMirrorId(id)) return;
  std::list<Idle> closed;
  {
    absl::MutexLock lock(&mutex_);
    for (auto it = idle_.begin(); it != idle_.end();) {
      const auto next = std::next(it);
      if (it->id == id) closed.splice(closed.end(), idle_, it);
      it = next;
    }
  }
  absl::MutexLock lock(&create_mutex_);
  // Moved away first, so that nobody opens a half-deleted one.
  const std::string trash = absl::StrCat(directory_, "/trash-", NewUuid());
  std::error_code error;
  fs::rename(PathOf(id), trash, error);
  if (!error) fs::remove_all(trash, error);
}

}  // namespace gitsync
