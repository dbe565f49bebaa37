#include "server/sync/repository_reads.h"

#include <algorithm>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/escaping.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "server/base/error.h"
#include "server/base/reason.h"
#include "server/base/status_macros.h"

namespace gitsync {
namespace {

constexpr size_t kCommitIdLength = 40;

// Where a page starts: a commit, and the last folder of the page before.
struct PageStart {
  std::string commit_id;
  std::string after_folder;
};

absl::Status InvalidPageToken() {
  return Error(absl::StatusCode::kInvalidArgument, reason::kInvalidPageToken,
               "The page token is not one of this listing's; start again without it.")
      .Violation("page_token", "is not one of this listing's");
}

// Whether `text` begins with `count` commit ids.
bool HasCommitIds(absl::string_view text, size_t count) {
  const absl::string_view ids = text.substr(0, count * kCommitIdLength);
  return ids.size() == count * kCommitIdLength &&
         std::all_of(ids.begin(), ids.end(), absl::ascii_isxdigit);
}

absl::StatusOr<PageStart> ParsePageToken(const std::string& token) {
  std::string text;
  if (!absl::WebSafeBase64Unescape(token, &text) || !HasCommitIds(text, 1)) {
    return InvalidPageToken();
  }
  return PageStart{text.substr(0, kCommitIdLength), text.substr(kCommitIdLength)};
}

// Where a page of an app's updates starts: after `skip` of the commits between two.
struct UpdatesStart {
  std::string latest_commit_id;
  std::string synced_commit_id;
  int skip = 0;
};

std::string UpdatesToken(const UpdatesStart& start, absl::string_view git_app_id) {
  return absl::WebSafeBase64Escape(absl::StrCat(
      start.latest_commit_id, start.synced_commit_id, start.skip, "/", git_app_id));
}

absl::StatusOr<UpdatesStart> ParseUpdatesToken(const std::string& token,
                                               absl::string_view git_app_id) {
  std::string text;
  if (!absl::WebSafeBase64Unescape(token, &text) || !HasCommitIds(text, 2)) {
    return InvalidPageToken();
  }
  UpdatesStart start{text.substr(0, kCommitIdLength),
                     text.substr(kCommitIdLength, kCommitIdLength)};
  const std::pair<absl::string_view, absl::string_view> rest = absl::StrSplit(
      absl::string_view(text).substr(2 * kCommitIdLength), absl::MaxSplits('/', 1));
  if (!absl::SimpleAtoi(rest.first, &start.skip) || start.skip <= 0 ||
      rest.second != git_app_id) {
    return InvalidPageToken();
  }
  return start;
}

GitAppEntry ToEntry(const std::string& parent, const FolderListing& listing,
                    const FolderEntry& folder) {
  GitAppEntry entry;
  entry.folder = absl::StrCat(parent, "/", folder.folder);
  if (const absl::string_view twin = listing.TwinOf(folder); !twin.empty()) {
    entry.warning = absl::StrCat("The folder differs from \"", parent, "/", twin,
                                 "\" by letter case only: on Windows and macOS they "
                                 "are one. Rename one of them in the repository.");
  }
  const absl::StatusOr<AppManifest> manifest =
      folder.status.ok() ? ReadManifest(folder.file) : folder.status;
  if (manifest.ok()) {
    entry.git_app_id = manifest->git_app_id;
    entry.name = manifest->name;
    entry.version_name = manifest->version_name;
    entry.error = std::string(FindOnly(listing, parent, folder.id).status().message());
  } else {
    entry.error = std::string(manifest.status().message());
  }
  return entry;
}

size_t TextBytes(const CommitInfo& commit) {
  return commit.message.size() + commit.author.name.size() + commit.author.email.size();
}

size_t TextBytes(const GitAppEntry& entry) {
  return entry.git_app_id.size() + entry.name.size() + entry.folder.size() +
         entry.version_name.size() + entry.error.size() + TextBytes(entry.last_commit);
}

// Drops entries from the end of a page that is too large, but keeps at least one.
// Returns how many it dropped.
template <typename Entry>
size_t CutPage(std::vector<Entry>& entries) {
  size_t bytes = 0;
  size_t size = 0;
  while (size < entries.size() && bytes < kMaxPageBytes) {
    bytes += TextBytes(entries[size++]);
  }
  const size_t cut = entries.size() - size;
  entries.resize(size);
  return cut;
}

}  // namespace

absl::StatusOr<ListGitAppsResult> ReadGitApps(const SyncEnvironment& env,
                                              const GitConfigRow& config,
                                              const ListGitAppsInput& input,
                                              const Context& context) {
  PageStart start;
  std::string ref = input.ref;
  if (!input.page_token.empty()) {
    ASSIGN_OR_RETURN(start, ParsePageToken(input.page_token));
    ref = start.commit_id;
  }
  ASSIGN_OR_RETURN(const Repository repository, OpenRepository(env, config));
  const absl::StatusOr<ResolvedRef> at =
      ref.empty() ? ResolveConfiguredBranch(env, config, repository, nullptr, context)
                  : env.engine->Resolve(repository, ref, nullptr, context);
  ListGitAppsResult result;
  // The repository is empty.
  if (ref.empty() && ReasonOf(at.status()) == reason::kGitRefNotFound) return result;
  RETURN_IF_ERROR(at.status());
  result.commit_id = at->commit_id;
  const std::string parent = AppsFolder(config);
  ASSIGN_OR_RETURN(const std::shared_ptr<const FolderListing> listing,
                   ListApps(env, config, repository, at->commit_id));
  const std::vector<FolderEntry>& folders = listing->entries();
  auto next = std::find_if(folders.begin(), folders.end(), [&](const FolderEntry& f) {
    return start.after_folder.empty() || f.folder > start.after_folder;
  });
  std::vector<std::string> paths;
  for (; next != folders.end() &&
         result.apps.size() < static_cast<size_t>(input.page_size);
       ++next) {
    result.apps.push_back(ToEntry(parent, *listing, *next));
    paths.push_back(result.apps.back().folder);
  }
  ASSIGN_OR_RETURN(std::vector<CommitInfo> commits,
                   env.engine->LastCommits(repository, at->commit_id, paths, context));
  for (size_t i = 0; i < commits.size(); ++i) {
    result.apps[i].last_commit = std::move(commits[i]);
  }
  next -= static_cast<std::ptrdiff_t>(CutPage(result.apps));
  if (next != folders.end()) {
    result.next_page_token = absl::WebSafeBase64Escape(
        absl::StrCat(result.commit_id, std::prev(next)->folder));
  }
  return result;
}

absl::StatusOr<UpdatesResult> ReadUpdates(const SyncEnvironment& env,
                                          const GitConfigRow& config,
                                          const std::string& git_app_id,
                                          const GitSyncState& state,
                                          const UpdatesInput& input,
                                          const Context& context) {
  UpdatesStart start;
  start.synced_commit_id = state.commit_id;
  if (!input.page_token.empty()) {
    ASSIGN_OR_RETURN(start, ParseUpdatesToken(input.page_token, git_app_id));
  }
  ASSIGN_OR_RETURN(const Repository repository, OpenRepository(env, config));
  ASSIGN_OR_RETURN(
      const ResolvedRef tip,
      start.latest_commit_id.empty()
          ? ResolveConfiguredBranch(env, config, repository, nullptr, context)
          : env.engine->Resolve(repository, start.latest_commit_id, nullptr, context));
  start.latest_commit_id = tip.commit_id;
  UpdatesResult result;
  result.synced_commit_id = start.synced_commit_id;
  result.latest_commit_id = tip.commit_id;
  if (tip.commit_id == start.synced_commit_id) return result;
  ASSIGN_OR_RETURN(const std::shared_ptr<const FolderListing> listing,
                   ListApps(env, config, repository, tip.commit_id));
  const std::string parent = AppsFolder(config);
  ASSIGN_OR_RETURN(const FolderEntry* const there,
                   FindOnly(*listing, parent, git_app_id));
  const std::string folder =
      there == nullptr ? state.folder : absl::StrCat(parent, "/", there->folder);
  ASSIGN_OR_RETURN(
      const bool behind,
      env.engine->IsAncestor(repository, start.synced_commit_id, tip.commit_id));
  result.diverged = !behind;
  ASSIGN_OR_RETURN(
      CommitLog log,
      env.engine->Log(repository, tip.commit_id,
                      result.diverged ? "" : start.synced_commit_id, folder,
                      {.limit = input.page_size, .skip = start.skip}, context));
  CutPage(log.commits);
  result.commits = std::move(log.commits);
  result.total_count = log.total;
  start.skip += static_cast<int>(result.commits.size());
  if (start.skip < log.total) {
    result.next_page_token = UpdatesToken(start, git_app_id);
  }
  result.deleted =
      there == nullptr &&
      absl::IsNotFound(
          env.engine->ReadFolder(repository, tip.commit_id, folder).status());
  if (!result.diverged) {
    result.update_available = result.total_count > 0;
    return result;
  }
  // History was rewritten: the commits say little, so the content decides.
  const absl::StatusOr<FolderSnapshot> now =
      env.engine->ReadFolder(repository, tip.commit_id, folder);
  result.update_available = !now.ok() || now->tree_id != state.tree_id;
  return result;
}

}  // namespace gitsync
