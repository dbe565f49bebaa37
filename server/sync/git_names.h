// What an app is called here and in the repository.
//
// The two names are kept the same: a rename here goes to the repository with the next
// push, and a rename that others pushed arrives with the next pull. An app that was
// imported under another name is the exception: that name stays local and never goes to
// the repository. Comparing with the name at the last sync, the base, shows which side
// renamed.

#ifndef GITSYNC_SERVER_SYNC_GIT_NAMES_H_
#define GITSYNC_SERVER_SYNC_GIT_NAMES_H_

#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "server/sync/sync_environment.h"

namespace gitsync {

// The names in app.json. Empty: not known.
struct GitNames {
  std::string name;
  std::string slug;
};

// What the app was called in the repository when it was last synced, as recorded or as
// read from that commit. Not known if neither is available. Does not ask the remote.
GitNames BaseNames(const SyncEnvironment& env, const Repository& repository,
                   const AppRow& app);

// The names that a push of the app writes. The slug is whatever the repository has.
GitNames NamesToPush(const AppRow& app, const GitNames& base);

// What to do with a name that was changed on both sides.
enum class RenamedTwice { kRefuse, kKeepOurs, kTakeTheirs };

// Records in `state` what the repository calls the app, and gives `app` that name if it
// was renamed there since `base`. If the new name belongs to another app of the
// organization, the app keeps its name, as a local one. Returns whether `app` changed;
// the caller stores both. ABORTED (LOCAL_CHANGES) if it was renamed here too, with
// kRefuse.
absl::StatusOr<bool> TakeNames(const Transaction& tx, const GitNames& base,
                               const GitNames& theirs, RenamedTwice renamed_twice,
                               AppRow& app, GitSyncState& state);

// Stores a row whose `git_state` is new, and its name if `renamed`.
absl::Status StoreSynced(Transaction& tx, AppRow& app, bool renamed, absl::Time now);

}  // namespace gitsync

#endif  // GITSYNC_SERVER_SYNC_GIT_NAMES_H_
