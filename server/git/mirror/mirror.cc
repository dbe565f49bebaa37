#include "server/git/mirror/mirror.h"

#include <git2/sys/mempack.h>

#include <optional>
#include <utility>

#include "absl/strings/str_cat.h"
#include "server/base/status_macros.h"
#include "server/git/mirror/mirror_pool.h"
#include "server/git/object/commit_object.h"
#include "server/git/object/commit_walk.h"
#include "server/git/pack/pack_file.h"

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

// Where the remote's refs were last seen.
std::vector<git_oid> SeenTips(git_repository* repository) {
  std::vector<git_oid> tips;
  git_reference_iterator* raw_iterator = nullptr;
  if (git_reference_iterator_glob_new(&raw_iterator, repository,
                                      "refs/gitsync/seen/*") == 0) {
    const GitPtr<git_reference_iterator, git_reference_iterator_free> iterator(
        raw_iterator);
    git_reference* raw_reference = nullptr;
    while (git_reference_next(&raw_reference, raw_iterator) == 0) {
      const ReferencePtr reference(raw_reference);
      if (const git_oid* tip = git_reference_target(raw_reference))
        tips.push_back(*tip);
    }
  }
  git_error_clear();
  return tips;
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
  const absl::StatusOr<CommitReader> reader = CommitReader::Open(repository());
  if (!reader.ok()) return false;
  const absl::StatusOr<std::optional<Commit>> commit = reader->Find(*oid);
  return commit.ok() && commit->has_value();
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
  const absl::StatusOr<CommitReader> reader = CommitReader::Open(repository());
  if (!reader.ok()) return commits;
  CommitWalk walk(&*reader);
  for (const git_oid& tip : SeenTips(repository())) walk.Push(tip).IgnoreError();
  while (commits.size() < kMaxKnownCommits) {
    const absl::StatusOr<std::optional<Commit>> next = walk.Next();
    if (!next.ok() || !next->has_value()) break;
    commits.push_back(OidHex((*next)->id));
  }
  return commits;
}

uint64_t Mirror::max_fetch_bytes() const { return pool_->options_.max_fetch_bytes; }

void Mirror::PackAdded() const { pool_->PackAdded(id_); }

}  // namespace gitsync
