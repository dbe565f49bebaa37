#include "server/git/mirror/resolve_ref.h"

#include <algorithm>
#include <optional>
#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/strip.h"
#include "server/base/error.h"
#include "server/base/printable.h"
#include "server/base/reason.h"
#include "server/base/status_macros.h"
#include "server/git/mirror/fetch.h"
#include "server/git/object/commit_object.h"
#include "server/git/object/commit_walk.h"

namespace gitsync {
namespace {

constexpr size_t kMinPrefix = 7;

absl::Status RefNotFound(absl::string_view ref, absl::string_view problem,
                         const RemoteBranches& branches = {}) {
  const std::string name = PrintableText(absl::StripPrefix(ref, "refs/heads/"), 255);
  Error error(absl::StatusCode::kNotFound, reason::kGitRefNotFound,
              absl::StrCat("The repository has no branch, tag or commit \"", name, "\"",
                           problem, "."));
  error.With("ref", name);
  if (!branches.empty()) {
    error.With("branches", absl::StrJoin(branches.names, "\n"))
        .With("branch_count", absl::StrCat(branches.count))
        .With("default_branch", branches.default_name);
  }
  return error;
}

// The same where a branch, or anything, of that name is not to be found.
absl::Status NoSuchName(absl::string_view ref, const Advertisement& advertisement) {
  const RemoteBranches branches = advertisement.Branches();
  if (advertisement.refs.empty()) return RefNotFound(ref, ": the repository is empty");
  if (branches.empty()) return RefNotFound(ref, "");
  return RefNotFound(ref, absl::StrCat("; its branches are ", branches.Describe()),
                     branches);
}

bool LooksLikeCommitId(absl::string_view ref) {
  return ref.size() >= kMinPrefix && ref.size() <= GIT_OID_HEXSZ &&
         std::all_of(ref.begin(), ref.end(),
                     [](unsigned char c) { return absl::ascii_isxdigit(c); });
}

const RemoteRef* FindByName(const Advertisement& advertisement, absl::string_view ref) {
  for (absl::string_view prefix : {"refs/heads/", "refs/tags/"}) {
    if (const RemoteRef* found = advertisement.Find(absl::StrCat(prefix, ref))) {
      return found;
    }
  }
  if (absl::StartsWith(ref, "refs/") || ref == "HEAD") return advertisement.Find(ref);
  return nullptr;
}

// Commits of the advertised branches and tags that the mirror has.
std::vector<git_oid> KnownTips(const Mirror& mirror,
                               const Advertisement& advertisement) {
  std::vector<git_oid> tips;
  for (const RemoteRef& ref : advertisement.refs) {
    if (IsBranchOrTag(ref) && mirror.HasCommit(ref.TargetId())) {
      tips.push_back(*ParseOid(ref.TargetId()));
    }
  }
  return tips;
}

// The commits that can be reached and whose id begins with `prefix`, two at most. Used
// where the prefix fits more than one object, of which some may be no commits.
absl::StatusOr<std::vector<git_oid>> ReachableWithPrefix(
    const CommitReader& reader, const std::vector<git_oid>& tips,
    absl::string_view prefix) {
  CommitWalk walk(&reader);
  for (const git_oid& tip : tips) {
    RETURN_IF_ERROR(walk.Push(tip));
  }
  std::vector<git_oid> found;
  while (found.size() < 2) {
    ASSIGN_OR_RETURN(const std::optional<Commit> commit, walk.Next());
    if (!commit.has_value()) break;
    if (absl::StartsWith(OidHex(commit->id), prefix)) found.push_back(commit->id);
  }
  return found;
}

// The one commit that the tips lead to and that `prefix` begins; nothing if there is
// none; NOT_FOUND (GIT_REF_NOT_FOUND) if there are several.
absl::StatusOr<std::optional<std::string>> FindCommit(git_repository* repository,
                                                      const std::vector<git_oid>& tips,
                                                      absl::string_view prefix) {
  git_oid short_id;
  if (git_oid_fromstrn(&short_id, prefix.data(), prefix.size()) != 0) {
    return GitFailure("read a commit id");
  }
  git_odb* raw_odb = nullptr;
  if (git_repository_odb(&raw_odb, repository) != 0) return GitFailure("open objects");
  const OdbPtr odb(raw_odb);
  git_oid id;
  const int found = git_odb_exists_prefix(&id, raw_odb, &short_id, prefix.size());
  ASSIGN_OR_RETURN(const CommitReader reader, CommitReader::Open(repository));
  if (found == 0) {
    const absl::StatusOr<std::optional<Commit>> commit = reader.Find(id);
    if (!commit.ok() || !commit->has_value()) return std::nullopt;
    ASSIGN_OR_RETURN(const bool reachable, AnyReaches(reader, tips, id));
    if (!reachable) return std::nullopt;
    return std::optional<std::string>(OidHex(id));
  }
  git_error_clear();
  if (found != GIT_EAMBIGUOUS) return std::nullopt;
  ASSIGN_OR_RETURN(const std::vector<git_oid> candidates,
                   ReachableWithPrefix(reader, tips, prefix));
  if (candidates.empty()) return std::nullopt;
  if (candidates.size() > 1) {
    return RefNotFound(prefix,
                       ": several commits begin with this; give more digits of the id");
  }
  return std::optional<std::string>(OidHex(candidates.front()));
}

}  // namespace

absl::StatusOr<ResolvedRef> ResolveRef(GitTransport* transport, const Mirror& mirror,
                                       const Remote& remote, absl::string_view ref,
                                       absl::string_view agent,
                                       const std::function<void(GitPhase)>& on_phase,
                                       const Context& context) {
  const auto phase = [&on_phase](GitPhase now) {
    if (on_phase) on_phase(now);
  };
  const auto on_fetch = [&phase] { phase(GitPhase::kFetching); };
  phase(GitPhase::kConnecting);
  ASSIGN_OR_RETURN(
      const std::unique_ptr<Conversation> conversation,
      Conversation::Open(transport, remote, GitService::kUploadPack, context));
  const Advertisement& advertisement = conversation->advertisement();

  if (const RemoteRef* found = FindByName(advertisement, ref)) {
    RETURN_IF_ERROR(
        FetchRefs(*conversation, mirror, {found}, agent, on_fetch, context));
    if (!mirror.HasCommit(found->TargetId())) {
      return RefNotFound(ref, ": the ref of this name does not name a commit");
    }
    return ResolvedRef{found->TargetId(), absl::StartsWith(found->name, "refs/heads/")};
  }

  const std::string prefix = absl::AsciiStrToLower(ref);
  const auto decline = [&conversation] { conversation->Decline().IgnoreError(); };
  if (!LooksLikeCommitId(prefix) || advertisement.refs.empty()) {
    decline();
    return NoSuchName(ref, advertisement);
  }
  absl::StatusOr<std::optional<std::string>> commit =
      FindCommit(mirror.repository(), KnownTips(mirror, advertisement), prefix);
  if (!commit.ok() || commit->has_value()) {
    decline();
    RETURN_IF_ERROR(commit.status());
    return ResolvedRef{**commit, false};
  }
  std::vector<const RemoteRef*> all;
  for (const RemoteRef& candidate : advertisement.refs) {
    if (IsBranchOrTag(candidate)) all.push_back(&candidate);
  }
  RETURN_IF_ERROR(FetchRefs(*conversation, mirror, all, agent, on_fetch, context));
  ASSIGN_OR_RETURN(commit, FindCommit(mirror.repository(),
                                      KnownTips(mirror, advertisement), prefix));
  if (!commit->has_value()) return NoSuchName(ref, advertisement);
  return ResolvedRef{**commit, false};
}

}  // namespace gitsync
