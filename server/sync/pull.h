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

// Checks a pull, and returns the operation that does it.
absl::StatusOr<OperationRunner::Plan> PlanPull(const SyncEnvironment& env,
                                               const Transaction& tx,
                                               const Caller& caller,
                                               const PullInput& input);

// What the repository has for an app, read and compared, and not yet applied.
struct PulledApp {
  GitConfigRow config;
  std::string commit_id;
  std::string tree_id;
  std::string folder;
  std::string version_name;
  std::string definition;  // canonical
  GitNames base_names;     // at the last sync
  GitNames names;          // now
  // The version of that name as it was compared; nullopt if there is none.
  std::optional<VersionRow> version;
  // Whether the version's definition means the same already.
  bool same_definition = false;
};

// Fetches and reads what the configured branch has for the app. Errors: those of
// PullApp, but for LOCAL_CHANGES.
absl::StatusOr<PulledApp> FetchApp(const SyncEnvironment& env,
                                   OperationRunner::Run& run);

// What becomes of changes of a version that were never pushed, where the repository has
// something else.
enum class LocalChanges {
  kRefuse,
  kOverwrite,
  kKeepInMovedFolder  // refuse, unless the folder was only renamed
};

// Brings the version up to date with what was fetched, and returns it; `*changed` says
// whether that changed anything. ABORTED (LOCAL_CHANGES) if the version or the app's
// name has changes that were never pushed, and they are to be refused; ABORTED
// (ETAG_MISMATCH) if the version was changed since it was compared.
absl::StatusOr<VersionRow> ApplyPulledApp(const SyncEnvironment& env, Transaction& tx,
                                          const std::string& app_id,
                                          const PulledApp& pulled,
                                          LocalChanges local_changes, bool* changed);

}  // namespace gitsync

#endif  // GITSYNC_SERVER_SYNC_PULL_H_
