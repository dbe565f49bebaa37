// The use cases over a real store, a real git engine and a real repository, which it
// reaches as file://.

#ifndef GITSYNC_TESTS_UNIT_SYNC_SYNC_HARNESS_H_
#define GITSYNC_TESTS_UNIT_SYNC_SYNC_HARNESS_H_

#include <functional>
#include <future>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "server/base/clock.h"
#include "server/git/libgit2_engine.h"
#include "server/git/transport/circuit_breaker.h"
#include "server/git/transport/local_transport.h"
#include "server/security/sealer.h"
#include "server/sync/sync_service.h"
#include "tests/support/test_remote.h"
#include "tests/unit/resource/harness.h"

namespace gitsync {

// A GitTransport that passes on to another one, and can be told to wait or to fail.
class SwitchableTransport : public GitTransport {
 public:
  explicit SwitchableTransport(GitTransport* next) : next_(next) {}

  absl::StatusOr<std::unique_ptr<GitStream>> Open(const Remote& remote,
                                                  GitService service,
                                                  const Context& context) override {
    std::function<void()> notice;
    {
      absl::MutexLock lock(&mutex_);
      ++opened_;
      mutex_.Await(absl::Condition(&free_));
      if (!down_.ok()) return down_;
      if (service == GitService::kReceivePack) notice = std::exchange(on_push_, {});
    }
    if (notice) notice();
    return next_->Open(remote, service, context);
  }
  void Shutdown() override { next_->Shutdown(); }

  // Makes every Open return this; OK ends it.
  void SetDown(absl::Status status) {
    absl::MutexLock lock(&mutex_);
    down_ = std::move(status);
  }
  // Makes every Open wait, until this is called with false.
  void SetHeld(bool held) {
    absl::MutexLock lock(&mutex_);
    free_ = !held;
  }
  // How often Open was called.
  int opened() const {
    absl::MutexLock lock(&mutex_);
    return opened_;
  }
  // Calls `notice` before the next push is opened.
  void OnPush(std::function<void()> notice) {
    absl::MutexLock lock(&mutex_);
    on_push_ = std::move(notice);
  }

 private:
  GitTransport* const next_;
  mutable absl::Mutex mutex_;
  absl::Status down_ ABSL_GUARDED_BY(mutex_);
  bool free_ ABSL_GUARDED_BY(mutex_) = true;
  int opened_ ABSL_GUARDED_BY(mutex_) = 0;
  std::function<void()> on_push_ ABSL_GUARDED_BY(mutex_);
};

// The system's clock, put forward.
class LaterClock : public Clock {
 public:
  absl::Time Now() const override { return absl::Now() + later; }
  absl::Duration later = absl::ZeroDuration();
};

class SyncTest : public StoreTest {
 protected:
  void SetUp() override {
    StoreTest::SetUp();
    std::vector<Secret> keys;
    keys.emplace_back(std::string(32, 'k'));
    ASSERT_OK_AND_ASSIGN(Sealer sealer, Sealer::Create(std::move(keys)));
    sealer_ = std::make_unique<Sealer>(std::move(sealer));
    StartServices();
    dev_ = AddOrganization("Development");
    Connect(dev_);
  }

  void TearDown() override {
    StopServices();
    StoreTest::TearDown();
  }

  void StartServices() {
    // Of which an organization gets a quarter, and tests make calls beside each other.
    pool_ = std::make_unique<WorkerPool>(WorkerPool::Options{.threads = 8});
    Libgit2Engine::Options options;
    options.mirrors_dir = folder_ + "/mirrors";
    options.committer = {"GitSync", "gitsync@example.com"};
    options.transport = &breaker_;
    engine_ = std::make_unique<Libgit2Engine>(options);
    service_ = std::make_unique<SyncService>(
        store_.get(), engine_.get(), pool_.get(), sealer_.get(), &clock_,
        SyncService::Options{.time_limit = absl::Minutes(5),
                             .allow_file_remotes = true,
                             .circuits = &circuits_});
  }

  void StopServices() {
    if (pool_ != nullptr) pool_->Shutdown(absl::Now() + absl::Seconds(5));
    service_.reset();
    // Its threads use the engine's libgit2 until they end.
    pool_.reset();
    engine_.reset();
  }

  // Gives the organization a finalized configuration for the remote.
  void Connect(const std::string& organization_id, const std::string& branch = "master",
               const std::string& prefix = "") {
    GitConfigRow config;
    config.organization_id = organization_id;
    config.mirror_id = NewUuid();
    config.git_url = remote_.FileUrl();
    config.branch = branch;
    config.path_prefix = prefix;
    config.finalize_time = now_;
    config.can_write = true;
    config.etag = NewUuid();
    config.create_time = config.update_time = now_;
    EXPECT_OK(Write([&](Transaction& tx) { return tx.git_configs().Put(config); }));
  }

  // An app of `organization_id` with one version.
  struct NewApp {
    AppRow app;
    VersionRow version;
  };
  NewApp AddAppWith(const std::string& organization_id, const std::string& name,
                    const std::string& definition) {
    NewApp made;
    made.app = AddApp(organization_id, name);
    made.version = AddVersionTo(made.app, "v1", definition);
    return made;
  }

  // Calls a method of SyncService and waits for its end.
  template <typename T, typename Call>
  absl::StatusOr<T> Await(Call call) {
    std::promise<absl::StatusOr<T>> promise;
    call(
        [&promise](absl::StatusOr<T> result) { promise.set_value(std::move(result)); });
    return promise.get_future().get();
  }

  absl::StatusOr<OperationRow> Push(const NewApp& made, const std::string& message,
                                    bool force = false,
                                    const std::string& branch = "") {
    PushInput input;
    input.app_id = made.app.id;
    input.version_id = made.version.id;
    input.commit_message = message;
    input.force = force;
    input.branch = branch;
    return Await<OperationRow>([&](auto done) {
      service_->Push(Editor(made.app.organization_id), input, {}, Context(), done);
    });
  }

  absl::StatusOr<OperationRow> CreateFromGit(const std::string& organization_id,
                                             const std::string& git_app_id,
                                             const std::string& ref = "master",
                                             const std::string& name = "") {
    return Await<OperationRow>([&](auto done) {
      service_->CreateFromGit(Editor(organization_id),
                              {organization_id, git_app_id, ref, name}, {}, Context(),
                              done);
    });
  }

  absl::StatusOr<OperationRow> Pull(const std::string& app_id, bool overwrite = false) {
    return Await<OperationRow>([&](auto done) {
      service_->Pull(Admin(), {app_id, overwrite}, {}, Context(), done);
    });
  }

  absl::StatusOr<OperationRow> Promote(const std::string& app_id,
                                       const std::string& environment = "") {
    return Await<OperationRow>([&](auto done) {
      service_->Promote(Admin(), {app_id, environment}, {}, Context(), done);
    });
  }

  absl::StatusOr<UpdatesResult> Updates(const std::string& app_id, int page_size = 100,
                                        const std::string& page_token = "") {
    return Await<UpdatesResult>([&](auto done) {
      service_->CheckForUpdates(Admin(), {app_id, page_size, page_token}, Context(),
                                done);
    });
  }

  // Gives a version another definition, as UpdateVersion does.
  void Edit(const VersionRow& version, const std::string& definition) {
    EXPECT_OK(Write([&](Transaction& tx) -> absl::Status {
      ASSIGN_OR_RETURN(VersionRow row, tx.versions().Get(version.id));
      ASSIGN_OR_RETURN(row.definition_hash, tx.versions().PutDefinition(definition));
      row.etag = NewUuid();
      return tx.versions().Update(row);
    }));
  }

  VersionRow Stored(const VersionRow& version) { return StoredVersion(version.id); }
  VersionRow StoredVersion(const std::string& id) {
    const auto row = Read([&](const Transaction& tx) { return tx.versions().Get(id); });
    EXPECT_OK(row);
    return row.ok() ? *row : VersionRow();
  }
  AppRow StoredApp(const std::string& id) {
    const auto row = Read([&](const Transaction& tx) { return tx.apps().Get(id); });
    EXPECT_OK(row);
    return row.ok() ? *row : AppRow();
  }
  std::string DefinitionOf(const std::string& version_id) {
    const auto text = Read([&](const Transaction& tx) -> absl::StatusOr<std::string> {
      ASSIGN_OR_RETURN(const VersionRow row, tx.versions().Get(version_id));
      return tx.versions().GetDefinition(row.definition_hash);
    });
    EXPECT_OK(text);
    return text.ok() ? *text : "";
  }

  LaterClock clock_;
  TestRemote remote_;
  LocalTransport local_{absl::Minutes(5)};
  SwitchableTransport transport_{&local_};
  Circuits circuits_{&clock_, {}};
  CircuitBreaker breaker_{&transport_, &circuits_};
  std::unique_ptr<Sealer> sealer_;
  std::unique_ptr<WorkerPool> pool_;
  std::unique_ptr<Libgit2Engine> engine_;
  std::unique_ptr<SyncService> service_;
  std::string dev_;
};

}  // namespace gitsync

#endif  // GITSYNC_TESTS_UNIT_SYNC_SYNC_HARNESS_H_
