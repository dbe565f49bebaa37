#include "server/sync/push.h"

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"
#include "server/base/error.h"
#include "server/base/fail_point/fail_point.h"
#include "server/base/reason.h"
#include "server/base/status_macros.h"
#include "server/format/app_files.h"
#include "server/sync/access.h"
#include "server/sync/joint_push.h"

namespace gitsync {
namespace {

absl::StatusOr<PushState> LoadState(const SyncEnvironment& env,
                                    const OperationRow& row) {
  PushState state;
  RETURN_IF_ERROR(env.store->Read([&](const Transaction& tx) -> absl::Status {
    ASSIGN_OR_RETURN(state.config, ReadyGitConfig(tx, row.organization_id));
    ASSIGN_OR_RETURN(state.app, tx.apps().Get(row.app_id));
    ASSIGN_OR_RETURN(state.version, tx.versions().Get(row.version_id));
    ASSIGN_OR_RETURN(state.definition,
                     tx.versions().GetDefinition(state.version.definition_hash));
    if (state.app.git_state.has_value()) {
      state.base_tree_id = state.app.git_state->tree_id;
    }
    if (row.ref == state.config.branch) return absl::OkStatus();
    const absl::StatusOr<OperationRow> last =
        tx.operations().GetLastPush(row.app_id, row.ref);
    if (last.ok()) state.base_tree_id = last->push->tree_id;
    return absl::IsNotFound(last.status()) ? absl::OkStatus() : last.status();
  }));
  return state;
}

// Whether the commit of an earlier push is on its branch now.
absl::StatusOr<bool> IsOnRemote(const SyncEnvironment& env,
                                const Repository& repository, const OperationRow& row,
                                const Context& context) {
  const absl::StatusOr<ResolvedRef> tip =
      env.engine->Resolve(repository, row.ref, nullptr, context);
  if (ReasonOf(tip.status()) == reason::kGitRefNotFound) return false;
  if (!tip.ok()) return tip.status();
  return env.engine->IsAncestor(repository, row.push->commit_id, tip->commit_id);
}

// Records a push whose commit was found on its branch, which the mirror has.
absl::Status RecordFound(const SyncEnvironment& env, const Repository& repository,
                         OperationRunner::Run& run) {
  const PushIntent& push = *run.row().push;
  PushRecord record{.mirror_id = repository.mirror_id,
                    .folder = push.folder,
                    .commit_id = push.commit_id,
                    .tree_id = push.tree_id,
                    .definition_hash = push.definition_hash,
                    .merged_definition = ""};
  if (run.row().files_were_merged) {
    ASSIGN_OR_RETURN(const FolderSnapshot folder,
                     env.engine->ReadFolder(repository, push.commit_id, push.folder));
    ASSIGN_OR_RETURN(AppContent merged, ReadApp(folder.files));
    record.merged_definition = std::move(merged.definition);
  }
  run.row().changed = true;
  RETURN_IF_ERROR(env.store->Write(
      [&](Transaction& tx) { return RecordPush(env, tx, run, record); }));
  FailPoint("recovery/recorded").IgnoreError();
  return absl::OkStatus();
}

// Errors after which it is certain that no commit of this push is on the remote.
bool IsFinal(const absl::Status& status) {
  const std::string why = ReasonOf(status);
  return why == reason::kAppConflict || why == reason::kRemoteRejected ||
         why == reason::kRemoteChanged || why == reason::kRemoteReadOnly ||
         why == reason::kInterrupted;
}

// The state that an earlier push was made from. NOT_FOUND if that is gone.
absl::StatusOr<PushState> StateAsSent(const SyncEnvironment& env,
                                      const OperationRow& row) {
  ASSIGN_OR_RETURN(PushState state, LoadState(env, row));
  // The version may have been changed since; what a running push names is kept.
  state.version.definition_hash = row.push->definition_hash;
  RETURN_IF_ERROR(env.store->Read([&](const Transaction& tx) -> absl::Status {
    ASSIGN_OR_RETURN(state.definition,
                     tx.versions().GetDefinition(row.push->definition_hash));
    return absl::OkStatus();
  }));
  return state;
}

// Finds out what became of a push that was about to be sent or was sent, and makes it
// again if its commit is not on the branch. The remote may still be about to take the
// first one, so looking alone does not tell: but only one of the two gets through, and
// then its outcome is certain. Errors that are not IsFinal leave it unknown.
absl::Status FinishPush(const SyncEnvironment& env, const Repository& repository,
                        const Context& context, OperationRunner::Run& run) {
  RETURN_IF_ERROR(FailPoint("recovery/looking"));
  ASSIGN_OR_RETURN(const bool found, IsOnRemote(env, repository, run.row(), context));
  if (found) {
    RETURN_IF_ERROR(FailPoint("recovery/found"));
    return RecordFound(env, repository, run);
  }
  absl::StatusOr<PushState> state = StateAsSent(env, run.row());
  if (absl::IsNotFound(state.status()) || env.runner->IsCancelled(run.row().id)) {
    return Error(absl::StatusCode::kAborted, reason::kInterrupted,
                 "The push was interrupted before the remote took it, and what it was "
                 "made from is gone; push again.");
  }
  RETURN_IF_ERROR(state.status());
  RETURN_IF_ERROR(FailPoint("recovery/again"));
  absl::Status ended = InternalError("a push was not answered");
  JointPush push(
      env, repository, run.row().ref, context,
      [&ended](OperationRunner::Run&, const absl::Status& status) { ended = status; });
  push.Add(*std::move(state), run);
  push.Send();
  return ended;
}

// Ends the pushes of this app that an earlier run left with an unknown outcome: what
// they did decides what this one builds on.
absl::Status SettleEarlierPushes(const SyncEnvironment& env,
                                 const Repository& repository, const Context& context,
                                 OperationRunner::Run& run) {
  std::vector<OperationRow> earlier;
  RETURN_IF_ERROR(env.store->Read([&](const Transaction& tx) -> absl::Status {
    ASSIGN_OR_RETURN(earlier, tx.operations().ListRunning(run.row().app_id));
    return absl::OkStatus();
  }));
  for (const OperationRow& row : earlier) {
    if (row.id == run.row().id || env.runner->HasEnded(row.id) ||
        !row.push.has_value() || row.push->commit_id.empty() ||
        row.ref != run.row().ref || row.push->mirror_id != repository.mirror_id) {
      continue;
    }
    OperationRunner::Run finished(env.runner, row, context);
    const absl::Status status = FinishPush(env, repository, context, finished);
    if (ReasonOf(status) == reason::kOutcomeUnknown) {
      // The earlier one's, not this one's: nothing of this one was sent.
      return Error(absl::StatusCode::kUnavailable, reason::kRemoteUnreachable,
                   status.message());
    }
    if (!status.ok() && !IsFinal(status)) return status;
    env.runner->End(finished.row(), status);
  }
  return absl::OkStatus();
}

// What a push is made from, once nothing of the app's is unsettled any more.
absl::StatusOr<PushState> Prepare(const SyncEnvironment& env,
                                  const Repository& repository, const Context& context,
                                  OperationRunner::Run& run) {
  if (run.row().push->mirror_id != repository.mirror_id) {
    return Error(absl::StatusCode::kAborted, reason::kEtagMismatch,
                 "The organization's git configuration was changed meanwhile; repeat "
                 "the request.");
  }
  RETURN_IF_ERROR(SettleEarlierPushes(env, repository, context, run));
  return LoadState(env, run.row());
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
  // Of one lane, and so of one organization and branch.
  const absl::StatusOr<Repository> repository = RepositoryOf(env, runs.front()->row());
  if (!repository.ok()) {
    for (OperationRunner::Run* run : runs) run->End(repository.status());
    return;
  }
  JointPush push(
      env, *repository, runs.front()->row().ref, context,
      [](OperationRunner::Run& run, const absl::Status& status) { run.End(status); });
  for (OperationRunner::Run* run : runs) {
    run->SetPhase(OperationPhase::kConnecting);
    absl::StatusOr<PushState> state = Prepare(env, *repository, context, *run);
    if (state.ok()) {
      push.Add(*std::move(state), *run);
    } else {
      run->End(state.status());
    }
  }
  push.Send();
}

absl::Status RunRecovery(const SyncEnvironment& env, OperationRunner::Run& run) {
  OperationRow& row = run.row();
  // A newer push of the app may have settled this one.
  OperationRow now;
  GitConfigRow config;
  RETURN_IF_ERROR(env.store->Read([&](const Transaction& tx) -> absl::Status {
    ASSIGN_OR_RETURN(now, tx.operations().Get(row.id));
    ASSIGN_OR_RETURN(config, tx.git_configs().Get(row.organization_id));
    return absl::OkStatus();
  }));
  if (now.state != OperationState::kRunning) {
    row = now;
    return absl::OkStatus();
  }
  if (config.mirror_id != row.push->mirror_id) {
    return Error(absl::StatusCode::kAborted, reason::kInterrupted,
                 "The push was interrupted, and the organization has another "
                 "repository since.");
  }
  ASSIGN_OR_RETURN(const Repository repository, OpenRepository(env, config));
  const absl::Status finished = FinishPush(env, repository, run.context(), run);
  return finished.ok() || IsFinal(finished) ? finished : OutcomeUnknown(finished, row);
}

// A token's name as the name of a person; git allows no angle brackets there.
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
  OperationRunner::Plan plan;
  plan.row.organization_id = app.organization_id;
  plan.row.app_id = app.id;
  plan.row.version_id = version.id;
  plan.row.type = OperationType::kPush;
  plan.row.actor = caller.token_name;
  plan.row.ref = branch;
  PushIntent& push = plan.row.push.emplace();
  push.commit_message = input.commit_message;
  push.author_name = input.author ? input.author->name : AuthorName(caller);
  push.author_email = input.author
                          ? input.author->email
                          : absl::StrCat(caller.token_id, "@tokens.gitsync.invalid");
  push.force = input.force;
  push.definition_hash = version.definition_hash;
  push.mirror_id = config.mirror_id;
  plan.lane = WriteLane(config, branch);
  plan.joint_body = [env](const std::vector<OperationRunner::Run*>& runs,
                          const Context& context) { RunPushes(env, runs, context); };
  // What one push of an app records is what the next one builds on.
  plan.joint_key = app.id;
  plan.bytes = version.definition_size_bytes;
  return plan;
}

OperationRunner::Plan PlanPushRecovery(const SyncEnvironment& env,
                                       const GitConfigRow& config, OperationRow row) {
  OperationRunner::Plan plan;
  plan.lane = WriteLane(config, row.ref);
  plan.row = std::move(row);
  plan.body = [env](OperationRunner::Run& run) { return RunRecovery(env, run); };
  return plan;
}

std::string MessageWithTrailers(absl::string_view message, absl::string_view git_app_id,
                                absl::string_view version,
                                absl::string_view operation_id) {
  const absl::string_view text = absl::StripAsciiWhitespace(message);
  // A last paragraph of trailers is joined: git reads only the last paragraph as such.
  const std::vector<absl::string_view> paragraphs = absl::StrSplit(text, "\n\n");
  bool has_trailers = paragraphs.size() > 1;
  for (const absl::string_view line : absl::StrSplit(paragraphs.back(), '\n')) {
    const size_t colon = line.find(": ");
    has_trailers = has_trailers && colon != absl::string_view::npos && colon > 0 &&
                   std::all_of(line.begin(), line.begin() + colon, [](char c) {
                     return absl::ascii_isalnum(c) || c == '-';
                   });
  }
  return absl::StrCat(text, has_trailers ? "\n" : "\n\n", "GitSync-App: ", git_app_id,
                      "\nGitSync-Version: ", version,
                      "\nGitSync-Operation: ", operation_id, "\n");
}

}  // namespace gitsync
