#include "server/sync/repository_reads.h"

#include <algorithm>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "server/base/error.h"
#include "server/base/reason.h"
#include "server/base/status_macros.h"

namespace gitsync {
namespace {

constexpr int kMaxUpdates = 100;
constexpr size_t kCommitIdLength = 40;

// Where a page starts: a commit, and the last folder of the page before.
struct PageStart {
  std::string commit_id;
  std::string after_folder;
};

absl::StatusOr<PageStart> ParsePageToken(const std::string& token) {
  std::string text;
  if (!absl::WebSafeBase64Unescape(token, &text) || text.size() < kCommitIdLength ||
      !std::all_of(text.begin(), text.begin() + kCommitIdLength,
                   absl::ascii_isxdigit)) {
    return Error(absl::StatusCode::kInvalidArgument, reason::kInvalidPageToken,
                 "The page token is not one of this listing's; start again without it.")
        .Violation("page_token", "is not one of this listing's");
  }
  return PageStart{text.substr(0, kCommitIdLength), text.substr(kCommitIdLength)};
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

size_t TextBytes(const GitAppEntry& entry) {
  const CommitInfo& commit = entry.last_commit;
  return entry.git_app_id.size() + entry.name.size() + entry.folder.size() +
         entry.version_name.size() + entry.error.size() + commit.message.size() +
         commit.author.name.size() + commit.author.email.size();
}

// Takes entries off the end of a page that is too large, but not its only one; returns
// how many.
size_t CutPage(std::vector<GitAppEntry>& apps) {
  size_t bytes = 0;
  size_t size = 0;
  while (size < apps.size() && bytes < kMaxPageBytes) bytes += TextBytes(apps[size++]);
  const size_t cut = apps.size() - size;
  apps.resize(size);
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
                                          const Context& context) {
  UpdatesResult result;
  result.synced_commit_id = state.commit_id;
  ASSIGN_OR_RETURN(const Repository repository, OpenRepository(env, config));
  ASSIGN_OR_RETURN(const ResolvedRef tip,
                   ResolveConfiguredBranch(env, config, repository, nullptr, context));
  result.latest_commit_id = tip.commit_id;
  if (tip.commit_id == state.commit_id) return result;
  ASSIGN_OR_RETURN(const std::shared_ptr<const FolderListing> listing,
                   ListApps(env, config, repository, tip.commit_id));
  const std::string parent = AppsFolder(config);
  ASSIGN_OR_RETURN(const FolderEntry* const there,
                   FindOnly(*listing, parent, git_app_id));
  const std::string folder =
      there == nullptr ? state.folder : absl::StrCat(parent, "/", there->folder);
  ASSIGN_OR_RETURN(const bool behind,
                   env.engine->IsAncestor(repository, state.commit_id, tip.commit_id));
  result.diverged = !behind;
  ASSIGN_OR_RETURN(
      result.commits,
      env.engine->Log(repository, tip.commit_id, result.diverged ? "" : state.commit_id,
                      folder, kMaxUpdates, context));
  result.deleted =
      there == nullptr &&
      absl::IsNotFound(
          env.engine->ReadFolder(repository, tip.commit_id, folder).status());
  if (!result.diverged) {
    result.update_available = !result.commits.empty();
    return result;
  }
  // History was rewritten: the commits say little, the content decides.
  const absl::StatusOr<FolderSnapshot> now =
      env.engine->ReadFolder(repository, tip.commit_id, folder);
  result.update_available = !now.ok() || now->tree_id != state.tree_id;
  return result;
}

}  // namespace gitsync
