#include "server/sync/sync_service.h"

#include <optional>
#include <utility>

#include "server/base/status_macros.h"
#include "server/base/steady_clock.h"
#include "server/resource/access.h"
#include "server/sync/create_from_git.h"
#include "server/sync/first_use.h"
#include "server/sync/git_setup.h"
#include "server/sync/promote.h"
#include "server/sync/pull.h"
#include "server/sync/push.h"
#include "server/sync/recovery.h"
#include "server/sync/repository_reads.h"
#include "server/sync/sync_environment.h"

namespace gitsync {

class SyncService::Impl {
 public:
  Impl(Store* store, GitEngine* engine, WorkerPool* pool, const Sealer* sealer,
       const Clock* clock, const Options& options)
      : runner(store, pool, clock, options.time_limit),
        env{store,
            engine,
            pool,
            sealer,
            clock,
            &runner,
            options.time_limit,
            options.allow_file_remotes,
            options.circuits},
        recovery(env) {
    runner.SetOnOpen([this](const OperationRow& row, const absl::Status& failure) {
      recovery.Add(row, failure);
    });
  }
  // Runs before `recovery` is destroyed, which may still get operations that are being
  // recorded.
  ~Impl() { runner.Shutdown(); }

  using Load = std::function<absl::StatusOr<GitConfigRow>(const Transaction&)>;
  template <typename T>
  using ReadWork =
      std::function<absl::StatusOr<T>(const GitConfigRow&, const Context&)>;
  using MakePlan =
      std::function<absl::StatusOr<OperationRunner::Plan>(const Transaction&)>;

  // Runs `work` on a worker, if `load` finds what it needs in the store.
  template <typename T>
  void OnReadLane(const Context& context, const Load& load, ReadWork<T> work,
                  Done<T> done) {
    GitConfigRow config;
    const absl::Status loaded =
        env.store->Read([&](const Transaction& tx) -> absl::Status {
          ASSIGN_OR_RETURN(config, load(tx));
          return absl::OkStatus();
        });
    if (!loaded.ok()) return done(loaded);
    const Context limited = context.WithDeadline(SteadyNow() + env.time_limit);
    const WorkerPool::Lane lane = ReadLane(config);
    env.pool->Submit(lane, limited,
                     [config = std::move(config), limited, work = std::move(work),
                      done = std::move(done)](const absl::Status& admitted) {
                       if (admitted.ok()) {
                         done(work(config, limited));
                       } else {
                         done(admitted);
                       }
                     });
  }

  // Holds the configuration that a failed look into the store has to finalize first.
  using Awaiting = std::shared_ptr<std::optional<GitConfigRow>>;

  // Wraps `find`: sets `awaiting` if the only obstacle is a configuration that this use
  // has to finalize.
  template <typename Found>
  static std::function<absl::StatusOr<Found>(const Transaction&)> Watched(
      std::function<absl::StatusOr<Found>(const Transaction&)> find,
      Awaiting awaiting) {
    return [find = std::move(find), awaiting](const Transaction& tx) {
      absl::StatusOr<Found> found = find(tx);
      *awaiting = AwaitingFirstUse(tx, found.status());
      return found;
    };
  }

  // Wraps `done`: if `awaiting` is set, finalizes the configuration and calls `again`.
  template <typename T>
  Done<T> OrFinalize(const Awaiting& awaiting, const Context& context,
                     std::function<void()> again, Done<T> done) {
    return [this, awaiting, context, again = std::move(again),
            done = std::move(done)](absl::StatusOr<T> result) {
      if (!awaiting->has_value()) return done(std::move(result));
      FinalizeForUse(env, **awaiting, context,
                     [again, done](const absl::Status& finalized) {
                       finalized.ok() ? again() : done(finalized);
                     });
    };
  }

  // Starts the operation that `plan` plans.
  void Start(const RequestKey& request, const Context& context, const MakePlan& plan,
             const Done<OperationRow>& done) {
    const auto awaiting = std::make_shared<std::optional<GitConfigRow>>();
    const auto again = [=, this] { runner.Start(request, context, plan, done); };
    runner.Start(request, context, Watched<OperationRunner::Plan>(plan, awaiting),
                 OrFinalize<OperationRow>(awaiting, context, again, done));
  }

  // Reads the repository that `load` finds.
  template <typename T>
  void Read(const Context& context, const Load& load, const ReadWork<T>& work,
            const Done<T>& done) {
    const auto awaiting = std::make_shared<std::optional<GitConfigRow>>();
    const auto again = [=, this] { OnReadLane<T>(context, load, work, done); };
    OnReadLane<T>(context, Watched<GitConfigRow>(load, awaiting), work,
                  OrFinalize<T>(awaiting, context, again, done));
  }

  OperationRunner runner;
  const SyncEnvironment env;
  Recovery recovery;
};

SyncService::SyncService(Store* store, GitEngine* engine, WorkerPool* pool,
                         const Sealer* sealer, const Clock* clock,
                         const Options& options)
    : impl_(std::make_unique<Impl>(store, engine, pool, sealer, clock, options)) {}

SyncService::~SyncService() = default;

absl::Status SyncService::Recover() { return impl_->recovery.TakeUp(); }

OperationRunner& SyncService::operations() { return impl_->runner; }

void SyncService::Push(const Caller& caller, const PushInput& input,
                       const RequestKey& request, const Context& context,
                       Done<OperationRow> done) {
  impl_->Start(
      request, context,
      [this, caller, input](const Transaction& tx) {
        return PlanPush(impl_->env, tx, caller, input);
      },
      std::move(done));
}

void SyncService::CreateFromGit(const Caller& caller, const CreateFromGitInput& input,
                                const RequestKey& request, const Context& context,
                                Done<OperationRow> done) {
  impl_->Start(
      request, context,
      [this, caller, input](const Transaction& tx) {
        return PlanCreateFromGit(impl_->env, tx, caller, input);
      },
      std::move(done));
}

void SyncService::Pull(const Caller& caller, const PullInput& input,
                       const RequestKey& request, const Context& context,
                       Done<OperationRow> done) {
  impl_->Start(
      request, context,
      [this, caller, input](const Transaction& tx) {
        return PlanPull(impl_->env, tx, caller, input);
      },
      std::move(done));
}

void SyncService::Promote(const Caller& caller, const PromoteInput& input,
                          const RequestKey& request, const Context& context,
                          Done<OperationRow> done) {
  impl_->Start(
      request, context,
      [this, caller, input](const Transaction& tx) {
        return PlanPromote(impl_->env, tx, caller, input);
      },
      std::move(done));
}

void SyncService::ListGitApps(const Caller& caller, const ListGitAppsInput& input,
                              const Context& context, Done<ListGitAppsResult> done) {
  impl_->Read<ListGitAppsResult>(
      context,
      [this, caller, input](const Transaction& tx) -> absl::StatusOr<GitConfigRow> {
        RETURN_IF_ERROR(
            FindOrganization(tx, caller, input.organization_id, Role::kViewer)
                .status());
        return ReachableGitConfig(impl_->env, tx, input.organization_id);
      },
      [this, input](const GitConfigRow& config, const Context& limited) {
        return ReadGitApps(impl_->env, config, input, limited);
      },
      std::move(done));
}

void SyncService::CheckForUpdates(const Caller& caller, const UpdatesInput& input,
                                  const Context& context, Done<UpdatesResult> done) {
  auto synced = std::make_shared<AppRow>();
  impl_->Read<UpdatesResult>(
      context,
      [this, caller, app_id = input.app_id,
       synced](const Transaction& tx) -> absl::StatusOr<GitConfigRow> {
        ASSIGN_OR_RETURN(const AppRow app, FindApp(tx, caller, app_id, Role::kViewer));
        ASSIGN_OR_RETURN(GitConfigRow config,
                         ReachableGitConfig(impl_->env, tx, app.organization_id));
        RETURN_IF_ERROR(RequireGitState(app).status());
        *synced = app;
        return config;
      },
      [this, input, synced](const GitConfigRow& config, const Context& limited) {
        return ReadUpdates(impl_->env, config, synced->git_app_id, *synced->git_state,
                           input, limited);
      },
      std::move(done));
}

void SyncService::FinalizeGitConfig(
    const Caller& caller, const FinalizeInput& input, const Context& context,
    std::function<absl::Status(Transaction&, const FinalizeResult&)> on_commit,
    Done<FinalizeResult> done) {
  impl_->OnReadLane<FinalizeResult>(
      context,
      [&](const Transaction& tx) {
        return FindGitConfig(tx, caller, input.organization_id, Role::kOrgAdmin);
      },
      [this, input, on_commit = std::move(on_commit)](const GitConfigRow& config,
                                                      const Context& limited) {
        return Finalize(impl_->env, config, input, on_commit, limited);
      },
      std::move(done));
}

void SyncService::TestGitConnection(const Caller& caller,
                                    const std::string& organization_id,
                                    const Context& context,
                                    Done<std::vector<ConnectionStepResult>> done) {
  impl_->OnReadLane<std::vector<ConnectionStepResult>>(
      context,
      [&](const Transaction& tx) {
        return FindGitConfig(tx, caller, organization_id, Role::kViewer);
      },
      [this](const GitConfigRow& config, const Context& limited) {
        return TestConnection(impl_->env, config, limited);
      },
      std::move(done));
}

std::optional<Circuits::Pause> SyncService::PauseOf(const GitConfigRow& config) const {
  if (impl_->env.circuits == nullptr) return std::nullopt;
  return impl_->env.circuits->PauseOf(CircuitOf(config));
}

void SyncService::DropMirror(const std::string& mirror_id) {
  impl_->env.engine->DropMirror(mirror_id);
}

}  // namespace gitsync
