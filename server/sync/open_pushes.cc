#include "server/sync/open_pushes.h"

#include <optional>
#include <string>
#include <utility>

#include "absl/status/statusor.h"
#include "server/base/error.h"
#include "server/base/fail_point/fail_point.h"
#include "server/base/reason.h"
#include "server/base/status_macros.h"
#include "server/format/app_files.h"
#include "server/resource/access.h"
#include "server/sync/sent_commits.h"

namespace gitsync {
namespace {

// Errors after which it is certain that no commit of this push is on the remote.
bool IsFinal(const absl::Status& status) {
  const std::string why = ReasonOf(status);
  return why == reason::kAppConflict || why == reason::kGitAppDeleted ||
         why == reason::kGitAppAmbiguous || why == reason::kGitFilteredFiles ||
         why == reason::kGitFolderTaken || why == reason::kRemoteRejected ||
         why == reason::kRemoteChanged || why == reason::kRemoteReadOnly ||
         why == reason::kInterrupted;
}

// The current commit of a branch, which the mirror then has; empty if there is none.
absl::StatusOr<std::string> TipOf(const SyncEnvironment& env,
                                  const Repository& repository,
                                  const std::string& branch, const Context& context) {
  RETURN_IF_ERROR(FailPoint("recovery/looking"));
  const absl::StatusOr<ResolvedRef> tip =
      env.engine->Resolve(repository, branch, nullptr, context);
  if (ReasonOf(tip.status()) == reason::kGitRefNotFound) return std::string();
  if (!tip.ok()) return tip.status();
  return tip->commit_id;
}

// The record of a push, if its commit is on the branch.
absl::StatusOr<std::optional<PushRecord>> LookUp(
    const SyncEnvironment& env, const Repository& repository, const OperationRow& row,
    const absl::StatusOr<std::string>& tip) {
  RETURN_IF_ERROR(tip.status());
  if (tip->empty()) return std::nullopt;
  for (const std::string& commit_id : SentCommits(*row.push)) {
    ASSIGN_OR_RETURN(const bool found,
                     env.engine->IsAncestor(repository, commit_id, *tip));
    if (!found) continue;
    RETURN_IF_ERROR(FailPoint("recovery/found"));
    ASSIGN_OR_RETURN(const SentCommit sent,
                     ReadSentCommit(env, repository, row, commit_id));
    PushRecord record{.mirror_id = repository.mirror_id,
                      .folder = row.push->folder,
                      .commit_id = commit_id,
                      .tree_id = sent.tree_id,
                      .definition_hash = row.push->definition_hash,
                      .merged_definition = "",
                      .pushed_names = {},
                      .names = {}};
    if (!sent.merged.empty()) {
      ASSIGN_OR_RETURN(AppContent merged, ReadApp(sent.merged));
      record.merged_definition = std::move(merged.definition);
    }
    return std::optional<PushRecord>(std::move(record));
  }
  return std::nullopt;
}

// The state that a push was made from, for a retry.
absl::StatusOr<PushState> StateAsSent(const SyncEnvironment& env,
                                      const OperationRow& row) {
  absl::StatusOr<PushState> state = LoadPushState(env, row);
  if (state.ok()) {
    // The version may have been changed since, but the definition that a running push
    // names is kept.
    state->version.definition_hash = row.push->definition_hash;
    const absl::Status read =
        env.store->Read([&](const Transaction& tx) -> absl::Status {
          ASSIGN_OR_RETURN(state->definition,
                           tx.versions().GetDefinition(row.push->definition_hash));
          return absl::OkStatus();
        });
    if (!read.ok()) state = read;
  }
  if (absl::IsNotFound(state.status())) {
    return Error(absl::StatusCode::kAborted, reason::kInterrupted,
                 "The push was interrupted, and what it was made from is gone; look at "
                 "the branch to see whether it is there.");
  }
  // The push stays in doubt; whoever finds it cancelled ends it.
  if (env.runner->IsCancelled(row.id)) return absl::CancelledError("It was cancelled.");
  RETURN_IF_ERROR(state.status());
  RETURN_IF_ERROR(FailPoint("recovery/again"));
  return state;
}

// Whether a run's push still has to be finished; ends it otherwise.
bool IsToBeFinished(const SyncEnvironment& env, const Repository& repository,
                    OperationRunner::Run& run, const PushEnded& ended) {
  // A newer push of the app may have settled this one.
  OperationRow now;
  const absl::Status read = env.store->Read([&](const Transaction& tx) -> absl::Status {
    ASSIGN_OR_RETURN(now, tx.operations().Get(run.row().id));
    return absl::OkStatus();
  });
  if (!read.ok()) {
    ended(run, WithReason(read, absl::StatusCode::kNotFound,
                          Error(absl::StatusCode::kAborted, reason::kInterrupted,
                                "What the push was made from was deleted meanwhile.")));
  } else if (now.state != OperationState::kRunning) {
    run.row() = std::move(now);
    ended(run, absl::OkStatus());
  } else if (now.push->mirror_id != repository.mirror_id) {
    ended(run, Error(absl::StatusCode::kAborted, reason::kInterrupted,
                     "The push was interrupted, and the organization has another "
                     "repository since."));
  } else {
    // The push may have been retried since `run` was created.
    run.row() = std::move(now);
    return true;
  }
  return false;
}

}  // namespace

bool MayHaveReachedRemote(const OperationRow& row) {
  return row.push.has_value() && !row.push->commit_id.empty();
}

absl::Status AsFarAsKnown(const absl::Status& status, const OperationRow& row) {
  return status.ok() || IsFinal(status) ? status : OutcomeUnknown(status, row);
}

void FinishOpenPushes(const SyncEnvironment& env, const Repository& repository,
                      const Context& context,
                      const std::vector<OperationRunner::Run*>& runs, JointPush& push,
                      const PushEnded& ended) {
  std::vector<OperationRunner::Run*> open;
  for (OperationRunner::Run* run : runs) {
    if (IsToBeFinished(env, repository, *run, ended)) open.push_back(run);
  }
  if (open.empty()) return;
  const absl::StatusOr<std::string> tip =
      TipOf(env, repository, open.front()->row().ref, context);
  std::vector<TakenPush> found;
  std::vector<OperationRunner::Run*> missing;
  for (OperationRunner::Run* run : open) {
    absl::StatusOr<std::optional<PushRecord>> record =
        LookUp(env, repository, run->row(), tip);
    if (!record.ok()) {
      ended(*run, record.status());
    } else if (record->has_value()) {
      run->row().changed = true;
      run->row().push->tree_id = (*record)->tree_id;
      run->row().files_were_merged = !(*record)->merged_definition.empty();
      found.push_back({run, **std::move(record)});
    } else {
      missing.push_back(run);
    }
  }
  RecordPushes(env, found,
               [&ended](OperationRunner::Run& run, const absl::Status& status) {
                 if (status.ok()) FailPoint("recovery/recorded").IgnoreError();
                 ended(run, status);
               });
  for (OperationRunner::Run* run : missing) {
    absl::StatusOr<PushState> state = StateAsSent(env, run->row());
    if (state.ok()) {
      push.Add(*std::move(state), *run);
    } else {
      ended(*run, state.status());
    }
  }
}

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
        !MayHaveReachedRemote(row) || row.ref != run.row().ref ||
        row.push->mirror_id != repository.mirror_id ||
        env.runner->IsCancelled(row.id)) {
      continue;
    }
    OperationRunner::Run open(env.runner, row, context);
    // The status that stays if the push is cancelled now, as it is not answered then.
    absl::Status status = OutcomeUnknown(absl::CancelledError(), row);
    const PushEnded ended = [&status](OperationRunner::Run&,
                                      const absl::Status& result) { status = result; };
    JointPush push(env, repository, row.ref, context, ended);
    FinishOpenPushes(env, repository, context, {&open}, push, ended);
    push.Send();
    if (!status.ok() && env.runner->IsCancelled(row.id)) continue;
    if (ReasonOf(status) == reason::kOutcomeUnknown) {
      // The unknown outcome is the earlier push's: nothing of this one was sent.
      return Error(absl::StatusCode::kUnavailable, reason::kRemoteUnreachable,
                   status.message());
    }
    if (!status.ok() && !IsFinal(status)) return status;
    env.runner->End(open.row(), status);
  }
  return absl::OkStatus();
}

}  // namespace gitsync
