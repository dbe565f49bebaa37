#include "server/sync/create_from_git.h"

#include <any>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/types/span.h"
#include "server/base/error.h"
#include "server/base/fail_point/fail_point.h"
#include "server/base/reason.h"
#include "server/base/status_macros.h"
#include "server/base/uuid.h"
#include "server/resource/access.h"
#include "server/resource/apps.h"

namespace gitsync {
namespace {

// Limits the definitions held in memory and written in one transaction.
constexpr size_t kMostBytesFetched = 16 << 20;

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
      WithReason(tx.apps().Insert(app), absl::StatusCode::kAlreadyExists,
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
  RETURN_IF_ERROR(tx.apps().SetGitState(
      app.id, GitSyncState{.folder = in_git.folder,
                           .ref = input.ref,
                           .commit_id = in_git.snapshot.commit_id,
                           .tree_id = in_git.snapshot.tree_id,
                           .version_id = version.id,
                           .sync_time = now,
                           .name = manifest.name,
                           .slug = manifest.slug,
                           .name_is_local = app.name != manifest.name}));
  run.row().app_id = app.id;
  run.row().version_id = version.id;
  run.row().commit_id = in_git.snapshot.commit_id;
  run.row().changed = true;
  RETURN_IF_ERROR(FailPoint("create/recording"));
  return run.Succeed(tx);
}

// A batch of apps to create from one repository. Used by one thread.
class JointCreate {
 public:
  using Run = OperationRunner::Run;

  JointCreate(const SyncEnvironment& env, const GitConfigRow& config,
              const Repository& repository, const Context& context)
      : env_(env), config_(config), repository_(repository), context_(context) {}

  // Creates the apps of `runs`, which all ask for `ref`, and ends the runs. Looks at
  // the remote once.
  void CreateFrom(const std::string& ref, const std::vector<Run*>& runs) {
    const auto on_phase = [&runs](GitPhase phase) {
      for (Run* run : runs) PhaseHook (*run)(phase);
    };
    const absl::StatusOr<ResolvedRef> at =
        env_.engine->Resolve(repository_, ref, on_phase, context_);
    for (Run* run : runs) {
      if (!at.ok()) {
        run->End(at.status());
      } else if (!run->HasEnded()) {
        Fetch(at->commit_id, *run);
      }
    }
    Record();
  }

 private:
  struct Fetched {
    Run* run;
    AppInGit app;
  };

  void Fetch(absl::string_view commit_id, Run& run) {
    absl::StatusOr<AppInGit> app =
        ReadAppInGit(env_, config_, repository_, commit_id, InputOf(run).git_app_id,
                     /*last_folder=*/"");
    absl::Status status = app.status();
    if (status.ok()) status = FailPoint("create/fetched");
    if (!status.ok()) return run.End(status);
    app->snapshot.files.clear();  // their content is the definition
    bytes_ += app->content.definition.size();
    fetched_.push_back({&run, *std::move(app)});
    if (bytes_ >= kMostBytesFetched) Record();
  }

  void Record() {
    bytes_ = 0;
    std::vector<Fetched> claimed;
    for (Fetched& fetched : std::exchange(fetched_, {})) {
      fetched.run->SetPhase(OperationPhase::kRecording);
      if (fetched.run->Claim()) claimed.push_back(std::move(fetched));
    }
    if (claimed.empty()) return;
    if (RecordTogether(claimed).ok()) {
      FailPoint("create/recorded").IgnoreError();
      for (const Fetched& fetched : claimed) fetched.run->End(absl::OkStatus());
      return;
    }
    // One app's error must not fail the others.
    for (const Fetched& fetched : claimed) {
      if (!IsRecorded(*fetched.run)) {
        fetched.run->End(RecordTogether({&fetched, 1}));
      } else {
        fetched.run->End(absl::OkStatus());
      }
    }
  }

  absl::Status RecordTogether(absl::Span<const Fetched> all) {
    std::vector<OperationRow> before;
    for (const Fetched& fetched : all) before.push_back(fetched.run->row());
    const absl::Status recorded = env_.store->Write([&](Transaction& tx) {
      absl::Status status;
      for (size_t i = 0; i < all.size() && status.ok(); ++i) {
        Run& run = *all[i].run;
        status = Create(env_, tx, InputOf(run), config_, all[i].app, run);
      }
      return status;
    });
    if (recorded.ok()) return recorded;
    for (size_t i = 0; i < all.size(); ++i) all[i].run->row() = std::move(before[i]);
    return recorded;
  }

  // Whether the app was created all the same: a commit that the store reports as failed
  // may have become durable.
  bool IsRecorded(Run& run) {
    OperationRow kept;
    const absl::Status read =
        env_.store->Read([&](const Transaction& tx) -> absl::Status {
          ASSIGN_OR_RETURN(kept, tx.operations().Get(run.row().id));
          return absl::OkStatus();
        });
    if (!read.ok() || kept.state != OperationState::kSucceeded) return false;
    run.row() = std::move(kept);
    return true;
  }

  static const CreateFromGitInput& InputOf(const Run& run) {
    return *std::any_cast<CreateFromGitInput>(&run.input());
  }

  const SyncEnvironment& env_;
  const GitConfigRow& config_;
  const Repository& repository_;
  const Context& context_;
  std::vector<Fetched> fetched_;
  size_t bytes_ = 0;  // of their definitions
};

void RunCreates(const SyncEnvironment& env,
                const std::vector<OperationRunner::Run*>& runs,
                const Context& context) {
  // All runs are in one lane, and so belong to one organization.
  GitConfigRow config;
  absl::StatusOr<Repository> repository;
  const absl::Status read = env.store->Read([&](const Transaction& tx) -> absl::Status {
    ASSIGN_OR_RETURN(config, ReadyGitConfig(tx, runs.front()->row().organization_id));
    return absl::OkStatus();
  });
  repository = read.ok() ? OpenRepository(env, config) : read;
  if (!repository.ok()) {
    for (OperationRunner::Run* run : runs) run->End(repository.status());
    return;
  }
  std::map<std::string, std::vector<OperationRunner::Run*>> by_ref;
  for (OperationRunner::Run* run : runs) by_ref[run->row().ref].push_back(run);
  JointCreate create(env, config, *repository, context);
  for (const auto& [ref, asking] : by_ref) create.CreateFrom(ref, asking);
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
  plan.lane = CreateLane(config);
  plan.joint_body = [env](const std::vector<OperationRunner::Run*>& runs,
                          const Context& context) { RunCreates(env, runs, context); };
  plan.joint_key = input.git_app_id;
  plan.input = input;
  return plan;
}

}  // namespace gitsync
