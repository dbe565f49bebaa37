#include "server/git/mirror.h"

#include <git2/sys/mempack.h>

#include <optional>
#include <utility>

#include "absl/strings/str_cat.h"
#include "server/base/status_macros.h"
#include "server/git/mirror_pool.h"
#include "server/git/pack_file.h"

namespace gitsync {
namespace {

constexpr size_t kMaxKnownCommits = 256;

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

Mirror::Mirror(Mirror&& other) noexcept
    : pool_(std::exchange(other.pool_, nullptr)),
      id_(std::move(other.id_)),
      handle_(std::move(other.handle_)),
      has_scratch_(other.has_scratch_) {}

Mirror::~Mirror() {
  if (pool_ == nullptr) return;
  // A handle whose scratch was not kept has seen objects that are nowhere else.
  if (has_scratch_) handle_.repository.reset();
  pool_->GiveBack(id_, std::move(handle_));
}

absl::Status Mirror::Keep(const std::vector<NewObject>& objects) {
  RETURN_IF_ERROR(WritePackFile(repository(), objects));
  pool_->PackAdded(id_);
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

uint64_t Mirror::max_fetch_bytes() const { return pool_->options_.max_fetch_bytes; }

void Mirror::PackAdded() const { pool_->PackAdded(id_); }

}  // namespace gitsync
