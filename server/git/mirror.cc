#include "server/git/mirror.h"

#include <git2/sys/mempack.h>
#include <git2/sys/odb_backend.h>
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
// More objects than this are kept as a pack.
constexpr size_t kMaxLooseObjects = 100;
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
  if (stat(absl::StrCat(path, "/objects").c_str(), &info) != 0) return 0;
  if (stat(absl::StrCat(path, "/HEAD").c_str(), &info) != 0) return 0;
  return (static_cast<uint64_t>(info.st_ino) << 32) ^
         (static_cast<uint64_t>(info.st_mtim.tv_sec) * 1'000'000'000 +
          static_cast<uint64_t>(info.st_mtim.tv_nsec));
}

absl::StatusOr<OdbPtr> ObjectsOf(git_repository* repository) {
  git_odb* odb = nullptr;
  if (git_repository_odb(&odb, repository) != 0) return GitFailure("open objects");
  return OdbPtr(odb);
}

absl::StatusOr<MirrorHandle> WithMemory(RepositoryPtr repository, uint64_t identity) {
  MirrorHandle handle;
  ASSIGN_OR_RETURN(const OdbPtr odb, ObjectsOf(repository.get()));
  if (git_mempack_new(&handle.memory) != 0) return GitFailure("make a scratch");
  if (git_odb_add_backend(odb.get(), handle.memory, kMemoryPriority) != 0) {
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

absl::Status WriteLoose(git_repository* repository,
                        const std::vector<git_oid>& objects) {
  ASSIGN_OR_RETURN(const OdbPtr from, ObjectsOf(repository));
  const std::string directory =
      absl::StrCat(git_repository_path(repository), "objects");
  git_odb* raw_to = nullptr;
  if (git_odb_new(&raw_to) != 0) return GitFailure("keep objects");
  const OdbPtr to(raw_to);
  git_odb_backend* loose = nullptr;
  if (git_odb_backend_loose(&loose, directory.c_str(), /*compression_level=*/1,
                            /*do_fsync=*/0, /*dir_mode=*/0, /*file_mode=*/0) != 0) {
    return GitFailure("keep objects");
  }
  if (git_odb_add_backend(raw_to, loose, 1) != 0) {
    loose->free(loose);
    return GitFailure("keep objects");
  }
  for (const git_oid& id : objects) {
    git_odb_object* raw_object = nullptr;
    if (git_odb_read(&raw_object, from.get(), &id) != 0) return GitFailure("keep");
    const OdbObjectPtr object(raw_object);
    git_oid written;
    if (git_odb_write(&written, raw_to, git_odb_object_data(raw_object),
                      git_odb_object_size(raw_object),
                      git_odb_object_type(raw_object)) != 0) {
      return GitFailure("keep an object");
    }
  }
  return absl::OkStatus();
}

absl::Status WriteAsPack(git_repository* repository,
                         const std::vector<git_oid>& objects) {
  git_packbuilder* raw_builder = nullptr;
  if (git_packbuilder_new(&raw_builder, repository) != 0) return GitFailure("keep");
  const PackbuilderPtr builder(raw_builder);
  for (const git_oid& id : objects) {
    if (git_packbuilder_insert(raw_builder, &id, nullptr) != 0) {
      return GitFailure("keep an object");
    }
  }
  if (git_packbuilder_write(raw_builder, /*path=*/nullptr, /*mode=*/0, nullptr,
                            nullptr) != 0) {
    return GitFailure("keep a pack");
  }
  return absl::OkStatus();
}

// A ref under the remote's own name would clash where the remote replaces the branch
// "a" by "a/b". Empty on failure.
std::string SeenRef(absl::string_view remote_ref) {
  git_oid name;
  if (git_odb_hash(&name, remote_ref.data(), remote_ref.size(), GIT_OBJECT_BLOB) != 0) {
    return "";
  }
  return absl::StrCat("refs/gitsync/seen/", OidHex(name));
}

}  // namespace

Mirror::~Mirror() {
  // A handle whose scratch was not kept has seen objects that are nowhere else.
  if (handle_.repository != nullptr && !has_scratch_) {
    pool_->GiveBack({std::move(id_), std::move(handle_)});
  }
}

absl::Status Mirror::Keep(const std::vector<git_oid>& objects) {
  RETURN_IF_ERROR(objects.size() <= kMaxLooseObjects
                      ? WriteLoose(repository(), objects)
                      : WriteAsPack(repository(), objects));
  if (git_mempack_reset(handle_.memory) != 0) return GitFailure("empty a scratch");
  has_scratch_ = false;
  return absl::OkStatus();
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
  const std::string ref = SeenRef(remote_ref);
  if (!target.has_value() || ref.empty()) return;
  git_reference* reference = nullptr;
  if (git_reference_create(&reference, repository(), ref.c_str(), &*target,
                           /*force=*/1, nullptr) == 0) {
    git_reference_free(reference);
  }
  git_error_clear();
}

std::string Mirror::SeenTip(absl::string_view remote_ref) const {
  git_oid tip;
  if (git_reference_name_to_id(&tip, repository(), SeenRef(remote_ref).c_str()) != 0) {
    git_error_clear();
    return "";
  }
  return OidHex(tip);
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
      if (it->id == id && it->handle.identity == identity) {
        Mirror mirror(this, std::move(it->id), std::move(it->handle));
        idle_.erase(it);
        return mirror;
      }
    }
  }
  if (identity != 0) {
    if (auto handle = TryOpen(path, identity); handle.ok()) {
      return Mirror(this, std::string(id), *std::move(handle));
    }
  }

  absl::MutexLock lock(&create_mutex_);
  if (const uint64_t other = IdentityOf(path); other != 0) {
    // Another thread was quicker.
    if (auto handle = TryOpen(path, other); handle.ok()) {
      return Mirror(this, std::string(id), *std::move(handle));
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
  ASSIGN_OR_RETURN(MirrorHandle handle,
                   WithMemory(RepositoryPtr(repository), IdentityOf(path)));
  return Mirror(this, std::string(id), std::move(handle));
}

void MirrorPool::GiveBack(Idle idle) {
  RepositoryPtr closed;  // outside the lock: closing unmaps packs
  absl::MutexLock lock(&mutex_);
  idle_.push_front(std::move(idle));
  if (idle_.size() > max_idle_) {
    closed = std::move(idle_.back().handle.repository);
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
