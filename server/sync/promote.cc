#include "server/sync/promote.h"

#include <algorithm>
#include <optional>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "server/base/error.h"
#include "server/base/fail_point/fail_point.h"
#include "server/base/reason.h"
#include "server/base/status_macros.h"
#include "server/resource/access.h"
#include "server/sync/pull.h"

namespace gitsync {
namespace {

// The position of `environment` in the order of promotion.
absl::StatusOr<size_t> PositionOf(const OrganizationRow& organization,
                                  const std::string& environment) {
  const auto found = std::find(organization.environments.begin(),
                               organization.environments.end(), environment);
  if (found == organization.environments.end()) {
    return Error(absl::StatusCode::kNotFound, reason::kEnvironmentNotFound,
                 absl::StrCat("The organization has no such environment; it has ",
                              absl::StrJoin(organization.environments, ", "), "."))
        .With("environment", environment);
  }
  return static_cast<size_t>(found - organization.environments.begin());
}

absl::StatusOr<VersionRow> LatestVersion(const Transaction& tx,
                                         const std::string& app_id) {
  absl::StatusOr<VersionRow> latest = tx.versions().GetLatest(app_id);
  if (latest.ok()) return latest;
  return WithReason(
      latest.status(), absl::StatusCode::kNotFound,
      Error(absl::StatusCode::kFailedPrecondition, reason::kNothingToPromote,
            "The app has no version yet; create or pull one first.")
          .With("app_id", app_id));
}

// Makes the version live in every environment up to `last`; returns whether that
// changed anything.
absl::StatusOr<bool> Release(Transaction& tx, const OrganizationRow& organization,
                             size_t last, const std::string& operation_id,
                             absl::Time now, VersionRow& version) {
  bool changed = false;
  for (size_t i = 0; i <= last; ++i) {
    const std::string& environment = organization.environments[i];
    const absl::StatusOr<ReleaseRow> live =
        tx.releases().Get(version.app_id, environment);
    if (!live.ok() && !absl::IsNotFound(live.status())) return live.status();
    if (live.ok() && live->version_id == version.id &&
        live->definition_hash == version.definition_hash) {
      continue;
    }
    RETURN_IF_ERROR(tx.releases().Put({.app_id = version.app_id,
                                       .environment = environment,
                                       .version_id = version.id,
                                       .definition_hash = version.definition_hash,
                                       .operation_id = operation_id,
                                       .release_time = now}));
    changed = true;
  }
  const absl::StatusOr<size_t> reached = PositionOf(organization, version.environment);
  if (!reached.ok() || *reached < last) {
    version.environment = organization.environments[last];
    RETURN_IF_ERROR(tx.versions().Update(version));
  }
  return changed;
}

absl::Status RunPromote(const SyncEnvironment& env, bool pull,
                        OperationRunner::Run& run) {
  std::optional<PulledApp> pulled;
  if (pull) {
    ASSIGN_OR_RETURN(pulled, FetchApp(env, run));
  }
  RETURN_IF_ERROR(FailPoint("promote/fetched"));
  OperationRow& row = run.row();
  run.SetPhase(OperationPhase::kRecording);
  RETURN_IF_ERROR(env.store->Write([&](Transaction& tx) -> absl::Status {
    VersionRow version;
    if (pulled.has_value()) {
      bool pull_changed = false;
      ASSIGN_OR_RETURN(version, ApplyPulledApp(env, tx, row.app_id, *pulled,
                                               LocalChanges::kRefuse, &pull_changed));
      row.commit_id = pulled->commit_id;
    } else {
      ASSIGN_OR_RETURN(version, LatestVersion(tx, row.app_id));
      row.commit_id = version.synced_commit_id;
    }
    ASSIGN_OR_RETURN(const OrganizationRow organization,
                     tx.organizations().Get(row.organization_id));
    ASSIGN_OR_RETURN(const size_t last, PositionOf(organization, row.environment));
    ASSIGN_OR_RETURN(row.changed, Release(tx, organization, last, row.id,
                                          env.clock->Now(), version));
    row.version_id = version.id;
    RETURN_IF_ERROR(FailPoint("promote/recording"));
    return run.Succeed(tx);
  }));
  FailPoint("promote/recorded").IgnoreError();
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<OperationRunner::Plan> PlanPromote(const SyncEnvironment& env,
                                                  const Transaction& tx,
                                                  const Caller& caller,
                                                  const PromoteInput& input) {
  ASSIGN_OR_RETURN(const AppRow app, FindApp(tx, caller, input.app_id, Role::kEditor));
  ASSIGN_OR_RETURN(const OrganizationRow organization,
                   tx.organizations().Get(app.organization_id));
  OperationRunner::Plan plan;
  plan.row.environment =
      input.environment.empty() ? organization.environments.back() : input.environment;
  RETURN_IF_ERROR(PositionOf(organization, plan.row.environment).status());
  // An organization without git, or an app that was never in git, has nothing to pull.
  const absl::StatusOr<GitConfigRow> config =
      ReachableGitConfig(env, tx, app.organization_id);
  const bool has_git = ReasonOf(config.status()) != reason::kGitNotConfigured;
  const bool pull = has_git && app.git_state.has_value();
  RETURN_IF_ERROR(pull ? config.status() : LatestVersion(tx, app.id).status());
  plan.row.organization_id = app.organization_id;
  plan.row.app_id = app.id;
  plan.row.type = OperationType::kPromote;
  plan.row.actor = caller.token_name;
  plan.lane = pull
                  ? WriteLane(*config, config->branch)
                  : WorkerPool::Lane{app.organization_id, absl::StrCat("app/", app.id)};
  plan.body = [env, pull](OperationRunner::Run& run) {
    return RunPromote(env, pull, run);
  };
  return plan;
}

}  // namespace gitsync
