#ifndef GITSYNC_SERVER_SYNC_PULL_H_
#define GITSYNC_SERVER_SYNC_PULL_H_

#include <optional>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "server/operation/operation_runner.h"
#include "server/resource/caller.h"
#include "server/sync/git_names.h"
#include "server/sync/sync_environment.h"
#include "server/sync/sync_service.h"

namespace gitsync {

// Checks a pull, and returns the operation that pulls.
absl::StatusOr<OperationRunner::Plan> PlanPull(const SyncEnvironment& env,
                                               const Transaction& tx,
                                               const Caller& caller,
                                               const PullInput& input);

// The repository's content for an app, read and compared but not yet applied.
struct PulledApp {
  GitConfigRow config;
  std::string commit_id;
  std::string tree_id;
  std::string folder;
  std::string version_name;
  std::string definition;  // canonical
  GitNames base_names;     // at the last sync
  GitNames names;          // now
  // The version named `version_name`, as it was compared; nullopt if there is none.
  std::optional<VersionRow> version;
  // Whether the version's definition already means the same.
  bool same_definition = false;
};

// Fetches and reads what the configured branch has for the app. Errors: those of
// PullApp except LOCAL_CHANGES.
absl::StatusOr<PulledApp> FetchApp(const SyncEnvironment& env,
                                   OperationRunner::Run& run);

// What to do with changes of a version that were never pushed, if the repository has
// something else.
enum class LocalChanges {
  kRefuse,
  kOverwrite,
  kKeepInMovedFolder  // refuse, unless the folder was only renamed
};

// Brings the version up to date with what was fetched, and returns it. `*changed` says
// whether that changed anything. ABORTED (LOCAL_CHANGES) if the version or the app's
// name has changes that were never pushed, and `local_changes` refuses them. ABORTED
// (ETAG_MISMATCH) if the version was changed since it was compared.
absl::StatusOr<VersionRow> ApplyPulledApp(const SyncEnvironment& env, Transaction& tx,
                                          const std::string& app_id,
                                          const PulledApp& pulled,
                                          LocalChanges local_changes, bool* changed);

}  // namespace gitsync

#endif  // GITSYNC_SERVER_SYNC_PULL_H_
