#include "server/sync/joint_push.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "server/base/error.h"
#include "server/base/fail_point/fail_point.h"
#include "server/base/reason.h"
#include "server/base/status_macros.h"
#include "server/format/app_files.h"
#include "server/format/stray_file.h"
#include "server/resource/access.h"
#include "server/sync/commit_message.h"
#include "server/sync/sent_commits.h"

namespace gitsync {
namespace {

PushRequest MakeRequest(const PushState& state, const OperationRow& row,
                        FileMap files) {
  PushRequest request;
  request.branch = row.ref;
  request.base_branch = state.config.branch;
  request.base_was_there = state.branch_was_synced;
  request.folder = row.push->folder;
  request.files = std::move(files);
  request.owned = {std::string(kManifestFile), std::string(kDefinitionFolder)};
  request.is_others = &IsStrayFile;
  request.base_tree_id = state.base_tree_id;
  if (state.app.git_state.has_value()) {
    request.identity = {.file = std::string(kManifestFile),
                        .id = state.app.git_app_id,
                        .id_of = &GitAppIdOf};
  }
  request.force = row.push->force;
  request.message = MessageWithTrailers(
      row.push->commit_message, state.app.git_app_id,
      absl::StrCat(state.version.name, " ", row.version_id), row.id);
  request.author = {row.push->author_name, row.push->author_email};
  // Not the time of the try: a retry on the same base then gives the same commit.
  request.time = row.create_time;
  request.earlier_commits = SentCommits(*row.push);
  return request;
}

// Writes what a push did: the app's sync state, the version, the operation.
absl::Status RecordPush(const SyncEnvironment& env, Transaction& tx,
                        OperationRunner::Run& run, const PushRecord& record) {
  OperationRow& row = run.row();
  row.commit_id = record.commit_id;
  const absl::Time now = env.clock->Now();
  absl::StatusOr<GitConfigRow> config = tx.git_configs().Get(row.organization_id);
  absl::StatusOr<AppRow> app = tx.apps().Get(row.app_id);
  absl::StatusOr<VersionRow> version = tx.versions().Get(row.version_id);
  // A push to another branch than the configured one does not say what a pull would
  // bring. Deleted rows and a replaced repository have no state to keep.
  if (!config.ok() || !app.ok() || !version.ok() || config->branch != row.ref ||
      config->mirror_id != record.mirror_id) {
    return run.Succeed(tx);
  }
  const bool unchanged_here = version->definition_hash == record.definition_hash;
  if (!record.merged_definition.empty() && !unchanged_here) {
    // The version was edited while its former definition was merged. It does not
    // contain the others' changes, so the base of the next merge stays as it was.
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
  GitSyncState state{.folder = record.folder,
                     .ref = row.ref,
                     .commit_id = record.commit_id,
                     .tree_id = record.tree_id,
                     .version_id = version->id,
                     .sync_time = now};
  ASSIGN_OR_RETURN(const bool renamed, TakeNames(tx, record.pushed_names, record.names,
                                                 RenamedTwice::kKeepOurs, *app, state));
  app->git_state = std::move(state);
  RETURN_IF_ERROR(StoreSynced(tx, *app, renamed, now));
  return run.Succeed(tx);
}

absl::Status RecordTogether(const SyncEnvironment& env,
                            const std::vector<TakenPush>& taken) {
  return env.store->Write([&](Transaction& tx) -> absl::Status {
    for (const TakenPush& push : taken) {
      RETURN_IF_ERROR(RecordPush(env, tx, *push.run, push.record));
    }
    return FailPoint("push/recording");
  });
}

absl::Status RecordAlone(const SyncEnvironment& env, const TakenPush& push) {
  const absl::Status recorded = RecordTogether(env, {push});
  if (recorded.ok()) return recorded;
  // The remote has the push: report the outcome as unknown until the store has it too.
  OperationRow& row = push.run->row();
  row.state = OperationState::kRunning;
  row.end_time.reset();
  return row.changed ? OutcomeUnknown(recorded, row) : recorded;
}

}  // namespace

absl::Status OutcomeUnknown(const absl::Status& cause, const OperationRow& row) {
  return Error(absl::StatusCode::kUnavailable, reason::kOutcomeUnknown,
               absl::StrCat("The commit was sent, but what became of it is not known "
                            "yet: ",
                            cause.message(),
                            " It is being found out; watch the operation."))
      .With("operation_id", row.id);
}

absl::StatusOr<PushState> LoadPushState(const SyncEnvironment& env,
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
    ASSIGN_OR_RETURN(state.branch_was_synced,
                     BranchWasSynced(tx, state.config, state.app.git_state));
    if (row.ref == state.config.branch) return absl::OkStatus();
    const absl::StatusOr<OperationRow> last =
        tx.operations().GetLastPush(row.app_id, row.ref);
    if (last.ok()) state.base_tree_id = last->push->tree_id;
    return absl::IsNotFound(last.status()) ? absl::OkStatus() : last.status();
  }));
  return state;
}

void RecordPushes(const SyncEnvironment& env, const std::vector<TakenPush>& taken,
                  const PushEnded& ended) {
  if (taken.empty()) return;
  if (RecordTogether(env, taken).ok()) {
    FailPoint("push/recorded").IgnoreError();
    for (const TakenPush& push : taken) ended(*push.run, absl::OkStatus());
    return;
  }
  for (const TakenPush& push : taken) ended(*push.run, RecordAlone(env, push));
}

JointPush::JointPush(const SyncEnvironment& env, const Repository& repository,
                     const std::string& branch, const Context& context, PushEnded ended)
    : env_(env),
      repository_(repository),
      branch_(branch),
      context_(context),
      ended_(std::move(ended)),
      folders_(env, repository, context) {}

void JointPush::Add(PushState state, OperationRunner::Run& run) {
  std::string& folder = run.row().push->folder;
  if (state.app.git_state.has_value()) {
    folder = state.app.git_state->folder;
    folders_.MarkTaken(folder);
  } else {
    absl::StatusOr<std::string> chosen =
        folders_.Choose(state.config, state.app, branch_, run);
    if (!chosen.ok()) return ended_(run, chosen.status());
    folder = *std::move(chosen);
  }
  added_.push_back({&run, std::move(state)});
}

void JointPush::Send() {
  if (added_.empty()) return;
  // The remote prepares for the push while the items are made.
  const std::unique_ptr<BranchPush> push =
      env_.engine->StartPush(repository_, branch_, context_);
  for (Push& added : added_) {
    absl::StatusOr<PushItem> item = MakeItem(added);
    if (!item.ok()) {
      ended_(*added.run, item.status());
      continue;
    }
    added.state.definition = {};
    items_.push_back(*std::move(item));
    pushes_.push_back(std::move(added));
  }
  PushHooks hooks;
  hooks.record_intents = [this](const std::vector<PushIntentInfo>& intents) {
    return RecordIntents(intents);
  };
  hooks.answer = [this](std::vector<PushAnswer> answers) {
    Conclude(std::move(answers));
  };
  push->Push(items_, hooks);
}

absl::StatusOr<PushItem> JointPush::MakeItem(Push& push) {
  const PushState& state = push.state;
  OperationRunner::Run& run = *push.run;
  OperationRow& row = run.row();
  push.names = NamesToPush(state.app, BaseNames(env_, repository_, state.app));
  row.push->definition_hash = state.version.definition_hash;
  ASSIGN_OR_RETURN(FileMap files, WriteApp({.git_app_id = state.app.git_app_id,
                                            .name = push.names.name,
                                            .slug = push.names.slug,
                                            .version_name = state.version.name},
                                           state.definition));
  PushItem item;
  item.request = MakeRequest(state, row, std::move(files));
  item.check_merge = [](const GitFiles& merged) { return ReadApp(merged).status(); };
  item.merge_file = [](absl::string_view path, absl::string_view base,
                       absl::string_view ours, absl::string_view theirs) {
    return path == kManifestFile ? MergeManifests(base, ours, theirs) : std::nullopt;
  };
  item.on_phase = PhaseHook(run);
  // A cancelled push in doubt is not sent again.
  item.claim = [this, &run] {
    if (run.was_open() && env_.runner->IsCancelled(run.row().id)) return false;
    return run.Claim();
  };
  return item;
}

absl::Status JointPush::RecordIntents(const std::vector<PushIntentInfo>& intents) {
  std::vector<OperationRunner::Run*> runs;
  for (const PushIntentInfo& intent : intents) {
    OperationRunner::Run* run = pushes_[intent.item].run;
    PushIntent& push = *run->row().push;
    RememberSent(push, intent.commit_id);
    push.base_commit_id = intent.base_commit_id;
    push.folder = intent.folder;
    push.tree_id = intent.tree_id;
    run->row().files_were_merged = intent.merged;
    runs.push_back(run);
  }
  return env_.runner->Save(runs);
}

void JointPush::Conclude(std::vector<PushAnswer> answers) {
  std::vector<TakenPush> taken;
  for (PushAnswer& answer : answers) {
    const Push& push = pushes_[answer.item];
    // Nothing was sent for a push that was called off: it has been answered.
    if (answer.result.ok() && !push.run->Claim()) continue;
    absl::StatusOr<PushRecord> record = answer.result.ok()
                                            ? Take(*std::move(answer.result), push)
                                            : answer.result.status();
    if (record.ok()) {
      taken.push_back({push.run, *std::move(record)});
    } else {
      ended_(*push.run, record.status());
    }
  }
  RecordPushes(env_, taken, ended_);
}

absl::StatusOr<PushRecord> JointPush::Take(PushResult result, const Push& push) {
  push.run->SetPhase(OperationPhase::kRecording);
  OperationRow& row = push.run->row();
  if (!result.folder.empty()) row.push->folder = result.folder;
  if (result.merged.empty() && result.changed) {
    // The commit may be an earlier try's: read what that one merged.
    ASSIGN_OR_RETURN(SentCommit sent,
                     ReadSentCommit(env_, repository_, row, result.commit_id));
    result.merged = std::move(sent.merged);
    if (!result.merged.empty()) result.merged_files = row.files;
  }
  row.changed = result.changed;
  row.files =
      result.merged_files.empty() ? result.overwritten_files : result.merged_files;
  row.files_were_merged = !result.merged.empty();
  // Only on the configured branch does a version take in what was merged. Elsewhere the
  // next merge starts where this one did.
  const bool takes_merge = row.ref == push.state.config.branch;
  row.push->tree_id =
      row.files_were_merged && !takes_merge ? push.state.base_tree_id : result.tree_id;
  PushRecord record{.mirror_id = repository_.mirror_id,
                    .folder = row.push->folder,
                    .commit_id = result.commit_id,
                    .tree_id = result.tree_id,
                    .definition_hash = push.state.version.definition_hash,
                    .merged_definition = "",
                    .pushed_names = push.names,
                    .names = push.names};
  if (!result.merged.empty()) {
    ASSIGN_OR_RETURN(AppContent merged, ReadApp(result.merged));
    record.merged_definition = std::move(merged.definition);
    record.names = {merged.manifest.name, merged.manifest.slug};
  }
  return record;
}

}  // namespace gitsync
