#include "server/sync/create_from_git.h"

#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "server/base/error.h"
#include "server/base/fail_point/fail_point.h"
#include "server/base/reason.h"
#include "server/base/status_macros.h"
#include "server/base/uuid.h"
#include "server/sync/access.h"
#include "server/sync/apps.h"

namespace gitsync {
namespace {

absl::Status CheckNotThere(const Transaction& tx, absl::string_view organization_id,
                           absl::string_view git_app_id) {
  const absl::StatusOr<AppRow> there =
      tx.apps().GetByGitAppId(organization_id, git_app_id);
  if (absl::IsNotFound(there.status())) return absl::OkStatus();
  RETURN_IF_ERROR(there.status());
  return Error(absl::StatusCode::kAlreadyExists, reason::kGitAppExists,
               absl::StrCat("The organization has this app already, as \"", there->name,
                            "\"; pull it to bring it up to date."))
      .With("app_id", there->id);
}

absl::Status Create(const SyncEnvironment& env, Transaction& tx,
                    const CreateFromGitInput& input, const GitConfigRow& config,
                    const AppInGit& in_git, OperationRunner::Run& run) {
  const absl::Time now = env.clock->Now();
  RETURN_IF_ERROR(CheckSameRepository(tx, config));
  const AppManifest& manifest = in_git.content.manifest;
  RETURN_IF_ERROR(CheckNotThere(tx, input.organization_id, manifest.git_app_id));
  ASSIGN_OR_RETURN(const OrganizationRow organization,
                   tx.organizations().Get(input.organization_id));
  AppRow app;
  app.id = NewUuid();
  app.organization_id = input.organization_id;
  app.name = input.app_name.empty() ? manifest.name : input.app_name;
  ASSIGN_OR_RETURN(app.slug, FreeSlug(tx, input.organization_id, app.name));
  app.editable = false;
  app.git_app_id = manifest.git_app_id;
  app.etag = NewEtag();
  app.create_time = app.update_time = now;
  RETURN_IF_ERROR(
      Explain(tx.apps().Insert(app), absl::StatusCode::kAlreadyExists,
              Error(absl::StatusCode::kAlreadyExists, reason::kAppNameTaken,
                    absl::StrCat("The organization has an app named \"", app.name,
                                 "\" already; give appName to call this one "
                                 "differently."))
                  .With("name", app.name)));
  VersionRow version;
  version.id = NewUuid();
  version.app_id = app.id;
  version.name = manifest.version_name;
  version.environment = organization.environments.front();
  version.etag = NewEtag();
  version.create_time = version.update_time = now;
  ASSIGN_OR_RETURN(version.definition_hash,
                   tx.versions().PutDefinition(in_git.content.definition));
  version.synced_definition_hash = version.definition_hash;
  version.synced_commit_id = in_git.snapshot.commit_id;
  RETURN_IF_ERROR(tx.versions().Insert(version));
  RETURN_IF_ERROR(
      tx.apps().SetGitState(app.id, GitSyncState{.folder = in_git.folder,
                                                 .ref = input.ref,
                                                 .commit_id = in_git.snapshot.commit_id,
                                                 .tree_id = in_git.snapshot.tree_id,
                                                 .version_id = version.id,
                                                 .sync_time = now}));
  run.row().app_id = app.id;
  run.row().version_id = version.id;
  run.row().commit_id = in_git.snapshot.commit_id;
  run.row().changed = true;
  RETURN_IF_ERROR(FailPoint("create/recording"));
  return run.Succeed(tx);
}

absl::Status RunCreate(const SyncEnvironment& env, const CreateFromGitInput& input,
                       OperationRunner::Run& run) {
  GitConfigRow config;
  RETURN_IF_ERROR(env.store->Read([&](const Transaction& tx) -> absl::Status {
    ASSIGN_OR_RETURN(config, ReadyGitConfig(tx, input.organization_id));
    return absl::OkStatus();
  }));
  ASSIGN_OR_RETURN(const Repository repository, OpenRepository(env, config));
  ASSIGN_OR_RETURN(
      const ResolvedRef at,
      env.engine->Resolve(repository, input.ref, run.PhaseHook(), run.context()));
  ASSIGN_OR_RETURN(const AppInGit in_git,
                   ReadAppInGit(env, config, repository, at.commit_id, input.git_app_id,
                                /*likely_folder=*/""));
  RETURN_IF_ERROR(FailPoint("create/fetched"));
  run.SetPhase(OperationPhase::kRecording);
  RETURN_IF_ERROR(env.store->Write(
      [&](Transaction& tx) { return Create(env, tx, input, config, in_git, run); }));
  FailPoint("create/recorded").IgnoreError();
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<OperationRunner::Plan> PlanCreateFromGit(
    const SyncEnvironment& env, const Transaction& tx, const Caller& caller,
    const CreateFromGitInput& input) {
  RETURN_IF_ERROR(
      FindOrganization(tx, caller, input.organization_id, Role::kEditor).status());
  ASSIGN_OR_RETURN(const GitConfigRow config,
                   ReachableGitConfig(env, tx, input.organization_id));
  RETURN_IF_ERROR(CheckNotThere(tx, input.organization_id, input.git_app_id));
  OperationRunner::Plan plan;
  plan.row.organization_id = input.organization_id;
  plan.row.type = OperationType::kCreateFromGit;
  plan.row.actor = caller.token_name;
  plan.row.ref = input.ref;
  plan.lane = ReadLane(config);
  plan.body = [env, input](OperationRunner::Run& run) {
    return RunCreate(env, input, run);
  };
  return plan;
}

}  // namespace gitsync
