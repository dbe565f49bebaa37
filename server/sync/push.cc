#include "server/sync/push.h"

#include <algorithm>
#include <utility>
#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"
#include "server/base/error.h"
#include "server/base/reason.h"
#include "server/base/status_macros.h"
#include "server/format/app_files.h"
#include "server/sync/access.h"

namespace gitsync {
namespace {

absl::Status OutcomeUnknown(const absl::Status& cause, const OperationRow& row) {
  return Error(absl::StatusCode::kUnavailable, reason::kOutcomeUnknown,
               absl::StrCat("The commit was sent, but what became of it is not known "
                            "yet: ",
                            cause.message(),
                            " It is being found out; watch the operation."))
      .With("operation_id", row.id);
}

// What a push needs of the store.
struct PushState {
  GitConfigRow config;
  AppRow app;
  VersionRow version;
  std::string definition;
  // The app's folder as it was last pushed to this branch or, on the configured one,
  // pulled from it: what the definition was made from. Empty: it never was there.
  std::string base_tree_id;
};

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

// The folder for an app that has none yet: named by its slug, unless another app of
// the repository has that one.
absl::StatusOr<std::string> ChooseFolder(const SyncEnvironment& env,
                                         const Repository& repository,
                                         const PushState& state,
                                         absl::string_view branch,
                                         OperationRunner::Run& run) {
  const std::string parent = AppsFolder(state.config);
  const std::string folder = absl::StrCat(parent, "/", state.app.slug);
  absl::StatusOr<ResolvedRef> tip =
      env.engine->Resolve(repository, branch, run.PhaseHook(), run.context());
  if (!tip.ok() && branch != state.config.branch &&
      ReasonOf(tip.status()) == reason::kGitRefNotFound) {
    tip = env.engine->Resolve(repository, state.config.branch, run.PhaseHook(),
                              run.context());
  }
  if (!tip.ok()) {
    // An empty repository, or a branch that this push makes.
    if (ReasonOf(tip.status()) == reason::kGitRefNotFound) return folder;
    return tip.status();
  }
  ASSIGN_OR_RETURN(
      const std::vector<FolderEntry> entries,
      env.engine->ListFolders(repository, tip->commit_id, parent, kManifestFile));
  bool taken = false;
  for (const FolderEntry& entry : entries) {
    const absl::StatusOr<AppManifest> manifest =
        entry.status.ok() ? ReadManifest(entry.file) : entry.status;
    if (manifest.ok() && manifest->git_app_id == state.app.git_app_id) {
      return absl::StrCat(parent, "/", entry.folder);
    }
    taken = taken || absl::EqualsIgnoreCase(entry.folder, state.app.slug);
  }
  if (!taken) return folder;
  return absl::StrCat(folder, "-", state.app.git_app_id.substr(0, 8));
}

// A push's result as it is recorded.
struct PushRecord {
  std::string mirror_id;
  std::string folder;
  std::string commit_id;
  std::string tree_id;
  std::string definition_hash;    // of what was pushed
  std::string merged_definition;  // empty: nothing was merged
};

// Writes what a push did: the app's sync state, the version, the operation.
absl::Status Record(const SyncEnvironment& env, Transaction& tx,
                    OperationRunner::Run& run, const PushRecord& record) {
  OperationRow& row = run.row();
  row.commit_id = record.commit_id;
  const absl::Time now = env.clock->Now();
  absl::StatusOr<GitConfigRow> config = tx.git_configs().Get(row.organization_id);
  absl::StatusOr<AppRow> app = tx.apps().Get(row.app_id);
  absl::StatusOr<VersionRow> version = tx.versions().Get(row.version_id);
  // Another branch than the configured one does not tell what a pull would bring, and
  // rows that were deleted, or a repository that was replaced, have no state to keep.
  if (!config.ok() || !app.ok() || !version.ok() || config->branch != row.ref ||
      config->mirror_id != record.mirror_id) {
    return run.Succeed(tx);
  }
  const bool unchanged_here = version->definition_hash == record.definition_hash;
  if (!record.merged_definition.empty() && !unchanged_here) {
    // The version was edited while its former definition was merged: it does not hold
    // the others' changes, so the base of the next merge stays as it was.
    return run.Succeed(tx);
  }
  version->synced_commit_id = record.commit_id;
  version->synced_definition_hash = record.definition_hash;
  if (!record.merged_definition.empty()) {
    ASSIGN_OR_RETURN(version->definition_hash,
                     tx.versions().PutDefinition(record.merged_definition));
    version->synced_definition_hash = version->definition_hash;
    version->etag = NewEtag();
    version->update_time = now;
  }
  RETURN_IF_ERROR(tx.versions().Update(*version));
  RETURN_IF_ERROR(
      tx.apps().SetGitState(app->id, GitSyncState{.folder = record.folder,
                                                  .ref = row.ref,
                                                  .commit_id = record.commit_id,
                                                  .tree_id = record.tree_id,
                                                  .version_id = version->id,
                                                  .sync_time = now}));
  return run.Succeed(tx);
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
  return env.store->Write(
      [&](Transaction& tx) { return Record(env, tx, run, record); });
}

PushRequest MakeRequest(const PushState& state, const OperationRow& row,
                        std::string folder, FileMap files) {
  PushRequest request;
  request.branch = row.ref;
  request.base_branch = state.config.branch;
  request.folder = std::move(folder);
  request.files = std::move(files);
  request.owned = {std::string(kManifestFile), std::string(kDefinitionFolder)};
  request.base_tree_id = state.base_tree_id;
  request.force = row.push->force;
  request.message = MessageWithTrailers(
      row.push->commit_message, state.app.git_app_id,
      absl::StrCat(state.version.name, " ", row.version_id), row.id);
  request.author = {row.push->author_name, row.push->author_email};
  // Not the time of the try: made again on the same base, it is the same commit.
  request.time = row.create_time;
  if (!row.push->commit_id.empty()) request.earlier_commits = {row.push->commit_id};
  return request;
}

absl::Status PushNow(const SyncEnvironment& env, const Repository& repository,
                     const PushState& state, OperationRunner::Run& run) {
  OperationRow& row = run.row();
  std::string folder;
  if (state.app.git_state.has_value()) {
    folder = state.app.git_state->folder;
  } else {
    ASSIGN_OR_RETURN(folder, ChooseFolder(env, repository, state, row.ref, run));
  }
  ASSIGN_OR_RETURN(FileMap files, WriteApp({.git_app_id = state.app.git_app_id,
                                            .name = state.app.name,
                                            .slug = state.app.slug,
                                            .version_name = state.version.name},
                                           state.definition));
  row.push->folder = folder;
  row.push->definition_hash = state.version.definition_hash;

  PushHooks hooks;
  hooks.on_phase = run.PhaseHook();
  hooks.record_intent = [&run](const PushIntentInfo& intent) {
    PushIntent& push = *run.row().push;
    push.base_commit_id = intent.base_commit_id;
    push.commit_id = intent.commit_id;
    push.tree_id = intent.tree_id;
    run.row().files_were_merged = intent.merged;
    return run.Save();
  };
  hooks.check_merge = [](const GitFiles& merged) { return ReadApp(merged).status(); };
  ASSIGN_OR_RETURN(
      PushResult result,
      env.engine->Push(repository, MakeRequest(state, row, folder, std::move(files)),
                       hooks, run.context()));
  run.EndLater(std::move(result.ending));

  run.SetPhase(OperationPhase::kRecording);
  row.changed = result.changed;
  row.files =
      result.merged_files.empty() ? result.overwritten_files : result.merged_files;
  row.files_were_merged = !result.merged_files.empty();
  // Only on the configured branch does a version take in what was merged; elsewhere the
  // next merge starts where this one did.
  const bool takes_merge = row.ref == state.config.branch;
  row.push->tree_id =
      row.files_were_merged && !takes_merge ? state.base_tree_id : result.tree_id;
  PushRecord record{.mirror_id = repository.mirror_id,
                    .folder = folder,
                    .commit_id = result.commit_id,
                    .tree_id = result.tree_id,
                    .definition_hash = state.version.definition_hash,
                    .merged_definition = ""};
  if (!result.merged.empty()) {
    ASSIGN_OR_RETURN(AppContent merged, ReadApp(result.merged));
    record.merged_definition = std::move(merged.definition);
  }
  const absl::Status recorded =
      env.store->Write([&](Transaction& tx) { return Record(env, tx, run, record); });
  if (recorded.ok()) return recorded;
  // The remote has it: say so until the store has it too.
  row.state = OperationState::kRunning;
  row.end_time.reset();
  return result.changed ? OutcomeUnknown(recorded, row) : recorded;
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
                        OperationRunner::Run& run) {
  ASSIGN_OR_RETURN(const bool found,
                   IsOnRemote(env, repository, run.row(), run.context()));
  if (found) return RecordFound(env, repository, run);
  const absl::StatusOr<PushState> state = StateAsSent(env, run.row());
  if (absl::IsNotFound(state.status()) || env.runner->IsCancelled(run.row().id)) {
    return Error(absl::StatusCode::kAborted, reason::kInterrupted,
                 "The push was interrupted before the remote took it, and what it was "
                 "made from is gone; push again.");
  }
  RETURN_IF_ERROR(state.status());
  return PushNow(env, repository, *state, run);
}

// Ends the pushes of this app that an earlier run left with an unknown outcome: what
// they did decides what this one builds on.
absl::Status SettleEarlierPushes(const SyncEnvironment& env,
                                 const Repository& repository,
                                 OperationRunner::Run& run) {
  std::vector<OperationRow> earlier;
  RETURN_IF_ERROR(env.store->Read([&](const Transaction& tx) -> absl::Status {
    ASSIGN_OR_RETURN(earlier, tx.operations().ListRunning(run.row().app_id));
    return absl::OkStatus();
  }));
  for (const OperationRow& row : earlier) {
    if (row.id == run.row().id || !row.push.has_value() ||
        row.push->commit_id.empty() || row.ref != run.row().ref ||
        row.push->mirror_id != repository.mirror_id) {
      continue;
    }
    OperationRunner::Run finished(env.runner, row, run.context());
    const absl::Status status = FinishPush(env, repository, finished);
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

absl::Status RunPush(const SyncEnvironment& env, OperationRunner::Run& run) {
  ASSIGN_OR_RETURN(PushState state, LoadState(env, run.row()));
  ASSIGN_OR_RETURN(const Repository repository, OpenRepository(env, state.config));
  RETURN_IF_ERROR(SettleEarlierPushes(env, repository, run));
  // Settling may have changed what this push builds on.
  ASSIGN_OR_RETURN(state, LoadState(env, run.row()));
  return PushNow(env, repository, state, run);
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
  const absl::Status finished = FinishPush(env, repository, run);
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
  ASSIGN_OR_RETURN(const GitConfigRow config, ReadyGitConfig(tx, app.organization_id));
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
  plan.body = [env](OperationRunner::Run& run) { return RunPush(env, run); };
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
