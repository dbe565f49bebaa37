#include "server/sync/pull.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "server/base/error.h"
#include "server/base/fail_point/fail_point.h"
#include "server/base/reason.h"
#include "server/base/status_macros.h"
#include "server/base/uuid.h"
#include "server/format/app_files.h"
#include "server/format/definition.h"
#include "server/resource/access.h"

namespace gitsync {
namespace {

// Finds the version that the repository names, and whether its definition is the same.
absl::Status Compare(const SyncEnvironment& env, const std::string& app_id,
                     PulledApp& pulled) {
  std::string definition;
  RETURN_IF_ERROR(env.store->Read([&](const Transaction& tx) -> absl::Status {
    absl::StatusOr<VersionRow> version =
        tx.versions().GetByName(app_id, pulled.version_name);
    if (absl::IsNotFound(version.status())) return absl::OkStatus();
    RETURN_IF_ERROR(version.status());
    ASSIGN_OR_RETURN(definition, tx.versions().GetDefinition(version->definition_hash));
    pulled.version = *std::move(version);
    return absl::OkStatus();
  }));
  if (!pulled.version.has_value()) return absl::OkStatus();
  ASSIGN_OR_RETURN(const std::string ours, CanonicalJson(definition));
  ASSIGN_OR_RETURN(const std::string theirs, CanonicalJson(pulled.definition));
  pulled.same_definition = ours == theirs;
  return absl::OkStatus();
}

// Whether others only renamed the app's folder.
bool WasOnlyMoved(const AppRow& app, const PulledApp& pulled) {
  return app.git_state.has_value() && app.git_state->folder != pulled.folder &&
         app.git_state->tree_id == pulled.tree_id;
}

absl::Status RunPull(const SyncEnvironment& env, bool overwrite_local_changes,
                     OperationRunner::Run& run) {
  ASSIGN_OR_RETURN(const PulledApp pulled, FetchApp(env, run));
  RETURN_IF_ERROR(FailPoint("pull/fetched"));
  run.SetPhase(OperationPhase::kRecording);
  RETURN_IF_ERROR(env.store->Write([&](Transaction& tx) -> absl::Status {
    bool changed = false;
    ASSIGN_OR_RETURN(
        const VersionRow version,
        ApplyPulledApp(env, tx, run.row().app_id, pulled,
                       overwrite_local_changes ? LocalChanges::kOverwrite
                                               : LocalChanges::kKeepInMovedFolder,
                       &changed));
    run.row().version_id = version.id;
    run.row().commit_id = pulled.commit_id;
    run.row().changed = changed;
    RETURN_IF_ERROR(FailPoint("pull/recording"));
    return run.Succeed(tx);
  }));
  FailPoint("pull/recorded").IgnoreError();
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<PulledApp> FetchApp(const SyncEnvironment& env,
                                   OperationRunner::Run& run) {
  PulledApp pulled;
  AppRow app;
  RETURN_IF_ERROR(env.store->Read([&](const Transaction& tx) -> absl::Status {
    ASSIGN_OR_RETURN(app, tx.apps().Get(run.row().app_id));
    ASSIGN_OR_RETURN(pulled.config, ReadyGitConfig(tx, app.organization_id));
    return absl::OkStatus();
  }));
  run.row().ref = pulled.config.branch;
  ASSIGN_OR_RETURN(const Repository repository, OpenRepository(env, pulled.config));
  ASSIGN_OR_RETURN(const ResolvedRef tip,
                   ResolveConfiguredBranch(env, pulled.config, repository,
                                           PhaseHook(run), run.context()));
  ASSIGN_OR_RETURN(
      AppInGit in_git,
      ReadAppInGit(env, pulled.config, repository, tip.commit_id, app.git_app_id,
                   app.git_state ? app.git_state->folder : ""));
  pulled.commit_id = tip.commit_id;
  pulled.tree_id = in_git.snapshot.tree_id;
  pulled.folder = in_git.folder;
  pulled.version_name = in_git.content.manifest.version_name;
  pulled.base_names = BaseNames(env, repository, app);
  pulled.names = {in_git.content.manifest.name, in_git.content.manifest.slug};
  pulled.definition = std::move(in_git.content.definition);
  RETURN_IF_ERROR(Compare(env, app.id, pulled));
  return pulled;
}

absl::StatusOr<VersionRow> ApplyPulledApp(const SyncEnvironment& env, Transaction& tx,
                                          const std::string& app_id,
                                          const PulledApp& pulled,
                                          LocalChanges local_changes, bool* changed) {
  const absl::Time now = env.clock->Now();
  ASSIGN_OR_RETURN(AppRow app, tx.apps().Get(app_id));
  RETURN_IF_ERROR(CheckSameRepository(tx, pulled.config));
  VersionRow version;
  bool keep = false;
  if (pulled.version.has_value()) {
    ASSIGN_OR_RETURN(version, tx.versions().Get(pulled.version->id));
    RETURN_IF_ERROR(CheckEtag(pulled.version->etag, version.etag));
    const bool differs = version.definition_hash != version.synced_definition_hash &&
                         !pulled.same_definition;
    keep = differs && local_changes == LocalChanges::kKeepInMovedFolder &&
           WasOnlyMoved(app, pulled);
    if (differs && !keep && local_changes != LocalChanges::kOverwrite) {
      return Error(absl::StatusCode::kAborted, reason::kLocalChanges,
                   absl::StrCat("The version \"", version.name,
                                "\" has changes that were never pushed, and the "
                                "repository has something else. Push to keep yours, "
                                "with force if that is a conflict, or pull with "
                                "overwriteLocalChanges to lose them."))
          .With("version_id", version.id);
    }
  } else {
    version.id = NewUuid();
    version.app_id = app_id;
    version.name = pulled.version_name;
    version.create_time = now;
    ASSIGN_OR_RETURN(const OrganizationRow organization,
                     tx.organizations().Get(app.organization_id));
    version.environment = organization.environments.front();
  }
  if (!keep && !pulled.same_definition) {
    ASSIGN_OR_RETURN(version.definition_hash,
                     tx.versions().PutDefinition(pulled.definition));
    version.etag = NewEtag();
    version.update_time = now;
  }
  version.synced_commit_id = pulled.commit_id;
  if (!keep) version.synced_definition_hash = version.definition_hash;
  RETURN_IF_ERROR(pulled.version.has_value() ? tx.versions().Update(version)
                                             : tx.versions().Insert(version));
  GitSyncState state{.folder = pulled.folder,
                     .ref = pulled.config.branch,
                     .commit_id = pulled.commit_id,
                     .tree_id = pulled.tree_id,
                     .version_id = version.id,
                     .sync_time = now};
  ASSIGN_OR_RETURN(
      const bool renamed,
      TakeNames(tx, pulled.base_names, pulled.names,
                local_changes == LocalChanges::kOverwrite ? RenamedTwice::kTakeTheirs
                                                          : RenamedTwice::kRefuse,
                app, state));
  app.git_state = std::move(state);
  RETURN_IF_ERROR(StoreSynced(tx, app, renamed, now));
  *changed = renamed || (!keep && !pulled.same_definition);
  return version;
}

absl::StatusOr<OperationRunner::Plan> PlanPull(const SyncEnvironment& env,
                                               const Transaction& tx,
                                               const Caller& caller,
                                               const PullInput& input) {
  ASSIGN_OR_RETURN(const AppRow app, FindApp(tx, caller, input.app_id, Role::kEditor));
  ASSIGN_OR_RETURN(const GitConfigRow config,
                   ReachableGitConfig(env, tx, app.organization_id));
  OperationRunner::Plan plan;
  plan.row.organization_id = app.organization_id;
  plan.row.app_id = app.id;
  plan.row.type = OperationType::kPull;
  plan.row.actor = caller.token_name;
  plan.row.ref = config.branch;
  plan.lane = WriteLane(config, config.branch);
  plan.body = [env, overwrite = input.overwrite_local_changes](
                  OperationRunner::Run& run) { return RunPull(env, overwrite, run); };
  return plan;
}

}  // namespace gitsync
