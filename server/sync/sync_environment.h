#ifndef GITSYNC_SERVER_SYNC_SYNC_ENVIRONMENT_H_
#define GITSYNC_SERVER_SYNC_SYNC_ENVIRONMENT_H_

#include <functional>
#include <optional>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "server/base/clock.h"
#include "server/format/app_files.h"
#include "server/git/git_engine.h"
#include "server/git/transport/circuits.h"
#include "server/operation/operation_runner.h"
#include "server/operation/worker_pool.h"
#include "server/resource/caller.h"
#include "server/security/sealer.h"
#include "storage/store.h"

namespace gitsync {

// What the use cases of this folder work with. All members outlive the use cases.
struct SyncEnvironment {
  Store* store;
  GitEngine* engine;
  WorkerPool* pool;
  const Sealer* sealer;
  const Clock* clock;
  OperationRunner* runner;
  absl::Duration time_limit;
  bool allow_file_remotes;
  // Null: no remote is ever paused.
  Circuits* circuits = nullptr;
};

// The organization's git configuration, finalized. FAILED_PRECONDITION
// (GIT_NOT_CONFIGURED, GIT_NOT_FINALIZED) otherwise.
absl::StatusOr<GitConfigRow> ReadyGitConfig(const Transaction& tx,
                                            absl::string_view organization_id);

// The same for work that needs the remote, and must not wait while it is paused. One
// more error: UNAVAILABLE (REMOTE_PAUSED).
absl::StatusOr<GitConfigRow> ReachableGitConfig(const SyncEnvironment& env,
                                                const Transaction& tx,
                                                absl::string_view organization_id);

// The key under which failures of a configuration's remote are counted. A change of the
// configuration, such as finalizing it, starts the count again.
std::string CircuitOf(const GitConfigRow& config);

// The app's sync state with its repository. FAILED_PRECONDITION (APP_NOT_IN_GIT) if the
// app was never there.
absl::StatusOr<GitSyncState> RequireGitState(const AppRow& app);

// The repository that a configuration names, with its credentials unsealed.
absl::StatusOr<Repository> OpenRepository(const SyncEnvironment& env,
                                          const GitConfigRow& config);

// ABORTED (ETAG_MISMATCH) if the organization's configuration no longer names the same
// repository as `config`.
absl::Status CheckSameRepository(const Transaction& tx, const GitConfigRow& config);

// Lanes of the worker pool. Work that changes a branch, or what the store says about
// it, takes turns; reads do not wait for that.
WorkerPool::Lane WriteLane(const GitConfigRow& config, absl::string_view branch);
WorkerPool::Lane ReadLane(const GitConfigRow& config);
// Apps that are created together have their own lane, and so has finalizing by first
// use.
WorkerPool::Lane CreateLane(const GitConfigRow& config);
WorkerPool::Lane FinalizeLane(const GitConfigRow& config);

// Whether an app of the organization was synced with the configured branch. `state` is
// that of one app, which is checked first.
absl::StatusOr<bool> BranchWasSynced(const Transaction& tx, const GitConfigRow& config,
                                     const std::optional<GitSyncState>& state);

// Finds the configured branch on the remote and brings it into the mirror; see
// GitEngine::Resolve. FAILED_PRECONDITION (GIT_BRANCH_MISSING) if the repository has
// only other branches; NOT_FOUND (GIT_REF_NOT_FOUND) if it is empty.
absl::StatusOr<ResolvedRef> ResolveConfiguredBranch(
    const SyncEnvironment& env, const GitConfigRow& config,
    const Repository& repository, const std::function<void(GitPhase)>& on_phase,
    const Context& context);

// Passes the git engine's phases on to an operation, which must outlive the hook.
std::function<void(GitPhase)> PhaseHook(OperationRunner::Run& run);

// The folder that holds every app's folder.
std::string AppsFolder(const GitConfigRow& config);

// The git_app_id in an app.json; empty if it has none or is broken.
std::string GitAppIdOf(absl::string_view app_json);

// The apps of a commit that the mirror has, by git_app_id.
absl::StatusOr<std::shared_ptr<const FolderListing>> ListApps(
    const SyncEnvironment& env, const GitConfigRow& config,
    const Repository& repository, absl::string_view commit_id);

// An app's folder, read and checked.
struct AppInGit {
  FolderSnapshot snapshot;
  std::string folder;
  AppContent content;
};

// Reads the app `git_app_id` at a commit that the mirror has, from the folder whose
// app.json has that id. `last_folder` is where the app was when it was last synced;
// empty if it never was synced.
//
// Errors: NOT_FOUND (GIT_APP_NOT_FOUND, or GIT_APP_DELETED if it has a last folder),
// FAILED_PRECONDITION (INVALID_GIT_CONTENT, GIT_APP_AMBIGUOUS).
absl::StatusOr<AppInGit> ReadAppInGit(const SyncEnvironment& env,
                                      const GitConfigRow& config,
                                      const Repository& repository,
                                      absl::string_view commit_id,
                                      absl::string_view git_app_id,
                                      absl::string_view last_folder);

}  // namespace gitsync

#endif  // GITSYNC_SERVER_SYNC_SYNC_ENVIRONMENT_H_
