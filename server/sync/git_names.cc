#include "server/sync/git_names.h"

#include "absl/strings/str_cat.h"
#include "server/base/error.h"
#include "server/base/reason.h"
#include "server/base/status_macros.h"
#include "server/format/app_files.h"
#include "server/resource/access.h"

namespace gitsync {

GitNames BaseNames(const SyncEnvironment& env, const Repository& repository,
                   const AppRow& app) {
  if (!app.git_state.has_value()) return {};
  const GitSyncState& state = *app.git_state;
  if (!state.name.empty()) return {state.name, state.slug};
  const absl::StatusOr<FolderSnapshot> folder =
      env.engine->ReadFolder(repository, state.commit_id, state.folder);
  if (!folder.ok()) return {};
  const auto file = folder->files.find(std::string(kManifestFile));
  if (file == folder->files.end()) return {};
  absl::StatusOr<AppManifest> manifest = ReadManifest(file->second);
  if (!manifest.ok() || manifest->git_app_id != app.git_app_id) return {};
  return {std::move(manifest->name), std::move(manifest->slug)};
}

GitNames NamesToPush(const AppRow& app, const GitNames& base) {
  const bool keeps_theirs = app.git_state.has_value() && app.git_state->name_is_local;
  return {.name = keeps_theirs && !base.name.empty() ? base.name : app.name,
          .slug = base.slug.empty() ? app.slug : base.slug};
}

absl::StatusOr<bool> TakeNames(const Transaction& tx, const GitNames& base,
                               const GitNames& theirs, RenamedTwice renamed_twice,
                               AppRow& app, GitSyncState& state) {
  state.name = theirs.name;
  state.slug = theirs.slug;
  state.name_is_local = app.git_state.has_value() && app.git_state->name_is_local;
  // If the store has no name from the last sync yet, `name_is_local` is a guess.
  if (app.git_state.has_value() && app.git_state->name.empty() && !base.name.empty() &&
      app.name == base.name) {
    state.name_is_local = false;
  }
  if (theirs.name.empty()) return false;
  if (theirs.name == app.name) {
    state.name_is_local = false;
    return false;
  }
  // Without a base, the name here stands, as it may be a rename that was not pushed
  // yet.
  if (state.name_is_local || base.name.empty() || theirs.name == base.name) {
    return false;
  }
  if (app.name != base.name && renamed_twice != RenamedTwice::kTakeTheirs) {
    if (renamed_twice == RenamedTwice::kKeepOurs) return false;
    return Error(absl::StatusCode::kAborted, reason::kLocalChanges,
                 absl::StrCat("The app was renamed to \"", app.name,
                              "\" here and to \"", theirs.name,
                              "\" in the repository. Pull with overwriteLocalChanges "
                              "to take the repository's name, or give the app that "
                              "name, then pull."))
        .With("name", theirs.name);
  }
  ASSIGN_OR_RETURN(const bool taken,
                   tx.apps().NameTaken(app.organization_id, theirs.name, app.id));
  if (taken) {
    state.name_is_local = true;
    return false;
  }
  app.name = theirs.name;
  return true;
}

absl::Status StoreSynced(Transaction& tx, AppRow& app, bool renamed, absl::Time now) {
  if (!renamed) return tx.apps().SetGitState(app.id, app.git_state);
  app.etag = NewEtag();
  app.update_time = now;
  return tx.apps().Update(app);
}

}  // namespace gitsync
