#include "server/sync/push.h"

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "server/base/error.h"
#include "server/base/reason.h"
#include "server/base/status_macros.h"
#include "server/resource/access.h"
#include "server/sync/commit_message.h"
#include "server/sync/joint_push.h"
#include "server/sync/open_pushes.h"

namespace gitsync {
namespace {

// The state that a push is made from, after the app's earlier pushes have been settled.
absl::StatusOr<PushState> Prepare(const SyncEnvironment& env,
                                  const Repository& repository, const Context& context,
                                  OperationRunner::Run& run) {
  if (run.row().push->mirror_id != repository.mirror_id) {
    return Error(absl::StatusCode::kAborted, reason::kEtagMismatch,
                 "The organization's git configuration was changed meanwhile; repeat "
                 "the request.");
  }
  RETURN_IF_ERROR(SettleEarlierPushes(env, repository, context, run));
  return LoadPushState(env, run.row());
}

absl::StatusOr<Repository> RepositoryOf(const SyncEnvironment& env,
                                        const OperationRow& row) {
  GitConfigRow config;
  RETURN_IF_ERROR(env.store->Read([&](const Transaction& tx) -> absl::Status {
    ASSIGN_OR_RETURN(config, ReadyGitConfig(tx, row.organization_id));
    return absl::OkStatus();
  }));
  return OpenRepository(env, config);
}

void RunPushes(const SyncEnvironment& env,
               const std::vector<OperationRunner::Run*>& runs, const Context& context) {
  const auto end = [](OperationRunner::Run& run, const absl::Status& status) {
    run.End(run.was_open() ? AsFarAsKnown(status, run.row()) : status);
  };
  // All runs are in one lane, and so belong to one organization and branch.
  absl::StatusOr<Repository> repository = RepositoryOf(env, runs.front()->row());
  if (!repository.ok()) {
    for (OperationRunner::Run* run : runs) end(*run, repository.status());
    return;
  }
  // Nobody waits for a push that was taken up again.
  repository->remote.attended =
      std::any_of(runs.begin(), runs.end(),
                  [](const OperationRunner::Run* run) { return !run->was_open(); });
  std::vector<OperationRunner::Run*> open;
  for (OperationRunner::Run* run : runs) {
    run->SetPhase(OperationPhase::kConnecting);
    if (run->was_open()) open.push_back(run);
  }
  JointPush push(env, *repository, runs.front()->row().ref, context, end);
  FinishOpenPushes(env, *repository, context, open, push, end);
  for (OperationRunner::Run* run : runs) {
    if (run->was_open()) continue;
    absl::StatusOr<PushState> state = Prepare(env, *repository, context, *run);
    if (state.ok()) {
      push.Add(*std::move(state), *run);
    } else {
      run->End(state.status());
    }
  }
  push.Send();
  // A push that was cancelled before it was sent again is not answered. It stays in
  // doubt, and whoever finds it cancelled ends it.
  for (OperationRunner::Run* run : open) {
    end(*run, absl::CancelledError("It was cancelled."));
  }
}

// The plan for a push that is recorded as `row`.
OperationRunner::Plan PlanOf(const SyncEnvironment& env, const GitConfigRow& config,
                             OperationRow row, int64_t bytes) {
  OperationRunner::Plan plan;
  plan.lane = WriteLane(config, row.ref);
  plan.joint_body = [env](const std::vector<OperationRunner::Run*>& runs,
                          const Context& context) { RunPushes(env, runs, context); };
  // Each push of an app builds on what the app's previous push recorded, so a batch
  // holds only one.
  plan.joint_key = row.app_id;
  plan.bytes = bytes;
  plan.row = std::move(row);
  return plan;
}

// A token's name as a person's name; git allows no angle brackets there.
std::string AuthorName(const Caller& caller) {
  return absl::StrReplaceAll(caller.token_name, {{"<", ""}, {">", ""}});
}

}  // namespace

absl::StatusOr<OperationRunner::Plan> PlanPush(const SyncEnvironment& env,
                                               const Transaction& tx,
                                               const Caller& caller,
                                               const PushInput& input) {
  ASSIGN_OR_RETURN(const AppRow app, FindApp(tx, caller, input.app_id, Role::kEditor));
  ASSIGN_OR_RETURN(const VersionRow version, FindVersion(tx, app, input.version_id));
  ASSIGN_OR_RETURN(const GitConfigRow config,
                   ReachableGitConfig(env, tx, app.organization_id));
  const std::string branch = input.branch.empty() ? config.branch : input.branch;
  OperationRow row;
  row.organization_id = app.organization_id;
  row.app_id = app.id;
  row.version_id = version.id;
  row.type = OperationType::kPush;
  row.actor = caller.token_name;
  row.ref = branch;
  PushIntent& push = row.push.emplace();
  push.commit_message = WithUnixLineEnds(input.commit_message);
  push.author_name = input.author ? input.author->name : AuthorName(caller);
  push.author_email = input.author
                          ? input.author->email
                          : absl::StrCat(caller.token_id, "@tokens.gitsync.invalid");
  push.force = input.force;
  push.definition_hash = version.definition_hash;
  push.mirror_id = config.mirror_id;
  return PlanOf(env, config, std::move(row), version.definition_size_bytes);
}

absl::StatusOr<OperationRunner::Plan> PlanPushRecovery(const SyncEnvironment& env,
                                                       const Transaction& tx,
                                                       const OperationRow& row,
                                                       bool alone) {
  ASSIGN_OR_RETURN(const GitConfigRow config, ReadyGitConfig(tx, row.organization_id));
  // The version as it is now: only its approximate size is needed.
  const absl::StatusOr<VersionRow> version = tx.versions().Get(row.version_id);
  OperationRunner::Plan plan =
      PlanOf(env, config, row, version.ok() ? version->definition_size_bytes : 0);
  if (alone) plan.joint_key.clear();
  return plan;
}

}  // namespace gitsync
