#include "server/app/application.h"

#include <algorithm>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "server/app/data_folder.h"
#include "server/app/gateway.h"
#include "server/app/managed_git_configs.h"
#include "server/app/request_purge.h"
#include "server/app/transports.h"
#include "server/base/clock.h"
#include "server/base/logging.h"
#include "server/base/status_macros.h"
#include "server/git/libgit2_engine.h"
#include "server/git/transport/circuit_breaker.h"
#include "server/git/transport/circuits.h"
#include "server/operation/worker_pool.h"
#include "server/resource/access_tokens.h"
#include "server/rpc/grpc_server.h"
#include "server/security/sealer.h"
#include "server/sync/stored_login_record.h"
#include "server/sync/sync_service.h"
#include "storage/sqlite/sqlite_store.h"

namespace gitsync {
namespace {

using config::v1::ServerConfig;

constexpr absl::Duration kPurgePeriod = absl::Hours(1);
// A call may take longer than its operation, because it also waits for the store.
constexpr absl::Duration kCallMargin = absl::Seconds(10);
// Gives HTTP clients time to receive their answers after the calls were cancelled.
constexpr absl::Duration kLastAnswers = absl::Seconds(2);

absl::Status MakeAdminToken(Store& store, const ServerConfig& config,
                            const std::optional<Secret>& given) {
  const std::string path = absl::StrCat(config.data_dir(), "/admin.token");
  return store.Write([&](Transaction& tx) -> absl::Status {
    ASSIGN_OR_RETURN(const std::optional<Secret> made,
                     EnsureAdminToken(tx, given, absl::Now()));
    return made.has_value() ? WriteSecretFile(path, *made) : absl::OkStatus();
  });
}

class RunningApplication : public Application {
 public:
  ~RunningApplication() override { Stop(absl::InfinitePast()); }

  absl::Status Open(const ServerConfig& config, Material& material,
                    const std::optional<Secret>& admin_token) {
    RETURN_IF_ERROR(MakeDataFolder(config.data_dir()));
    RETURN_IF_ERROR(FindDatabase(config.data_dir()).status());
    ASSIGN_OR_RETURN(store_,
                     SqliteStore::Open({.path = DatabasePath(config.data_dir())}));
    ASSIGN_OR_RETURN(Sealer sealer, MakeSealer(config, material.master_keys,
                                               /*create=*/true, *store_));
    sealer_.emplace(std::move(sealer));
    RETURN_IF_ERROR(MakeAdminToken(*store_, config, admin_token));
    host_keys_.Set(std::move(material.host_keys));
    transport_ = MakeTransport(config, host_keys_, &logins_.emplace(store_.get()));
    Libgit2Engine::Options engine;
    engine.mirrors_dir = absl::StrCat(config.data_dir(), "/mirrors");
    engine.committer = {config.committer_name(), config.committer_email()};
    engine.max_mirror_bytes = static_cast<uint64_t>(config.mirrors_max_mib()) << 20;
    engine.transport = &breaker_.emplace(transport_.get(), &circuits_);
    engine_ = std::make_unique<Libgit2Engine>(std::move(engine));
    WorkerPool::Options pool;
    pool.threads = config.git_workers();
    pool.queue_limit = config.git_queue_limit();
    pool.owner_queue_limit = config.git_queue_limit_per_organization();
    pool_ = std::make_unique<WorkerPool>(pool);
    SyncService::Options sync;
    sync.time_limit = absl::Seconds(config.git_timeout_seconds());
    sync.allow_file_remotes = config.allow_file_remotes();
    sync.circuits = &circuits_;
    sync_ = std::make_unique<SyncService>(store_.get(), engine_.get(), pool_.get(),
                                          &*sealer_, &clock_, sync);
    RETURN_IF_ERROR(ApplyGitConfigs(config));
    return sync_->Recover();
  }

  absl::Status Serve(const ServerConfig& config,
                     const std::optional<TlsMaterial>& tls) {
    const Backend backend = {store_.get(), sync_.get(), &*sealer_, &clock_,
                             config.allow_file_remotes()};
    GrpcServer::Options options;
    options.listen = config.grpc_listen();
    options.tls = tls;
    options.max_connections = config.grpc_max_connections();
    options.reflection = !config.disable_reflection();
    options.dispatcher.time_limit =
        absl::Seconds(config.git_timeout_seconds()) + kCallMargin;
    ASSIGN_OR_RETURN(server_, GrpcServer::Start(backend, options));
    purge_.emplace(store_.get(), kPurgePeriod);
    const std::string& listen = config.grpc_listen();
    address_ = absl::StrCat(listen.substr(0, listen.rfind(':') + 1), server_->port());
    // The server already logs a line for each call.
    ASSIGN_OR_RETURN(gateway_, StartGateway(config, tls, server_->InProcessChannel(),
                                            LogLevel::kDebug));
    Log(LogLevel::kInfo, "serving",
        {{"grpc", address_}, {"http", http_address()}, {"tls", tls.has_value()}});
    return absl::OkStatus();
  }

  std::string grpc_address() const override { return address_; }

  std::string http_address() const override {
    return gateway_ == nullptr ? "off" : gateway_->address();
  }

  absl::Status Reload(const ServerConfig& config, Material material) override {
    if (material.tls.has_value() && gateway_ != nullptr) {
      RETURN_IF_ERROR(gateway_->SetTls(GatewayTlsOf(*material.tls)));
    }
    if (material.tls.has_value()) server_->SetTls(*std::move(material.tls));
    host_keys_.Set(std::move(material.host_keys));
    return ApplyGitConfigs(config);
  }

  void Stop(absl::Time deadline) override {
    if (gateway_ != nullptr) gateway_->Drain();
    if (server_ != nullptr) server_->Drain(deadline);
    // The gateway's calls have ended; it only has to write their answers.
    if (gateway_ != nullptr) {
      gateway_->Stop(std::max(deadline, absl::Now() + kLastAnswers));
    }
    if (pool_ != nullptr) pool_->Shutdown(deadline);
    if (server_ != nullptr) server_->Shutdown();
    if (transport_ != nullptr) transport_->Shutdown();
    purge_.reset();
  }

 private:
  absl::Status ApplyGitConfigs(const ServerConfig& config) {
    ASSIGN_OR_RETURN(const std::vector<std::string> dropped_mirrors,
                     ApplyManagedGitConfigs(config, *sealer_, clock_.Now(), *store_));
    for (const std::string& mirror_id : dropped_mirrors) sync_->DropMirror(mirror_id);
    return absl::OkStatus();
  }

  const SystemClock clock_;
  std::unique_ptr<SqliteStore> store_;
  std::optional<Sealer> sealer_;
  SharedHostKeys host_keys_;
  std::optional<StoredLoginRecord> logins_;
  std::unique_ptr<GitTransport> transport_;
  Circuits circuits_{&clock_, {}};
  std::optional<CircuitBreaker> breaker_;
  std::unique_ptr<GitEngine> engine_;
  std::unique_ptr<WorkerPool> pool_;
  std::unique_ptr<SyncService> sync_;
  std::unique_ptr<GrpcServer> server_;
  std::unique_ptr<gateway::GatewayServer> gateway_;
  std::optional<RequestPurge> purge_;
  std::string address_;
};

}  // namespace

absl::StatusOr<std::unique_ptr<Application>> Application::Start(
    const ServerConfig& config, Material material,
    const std::optional<Secret>& admin_token) {
  if (config.gateway_only()) return StartGatewayAlone(config, material);
  auto application = std::make_unique<RunningApplication>();
  RETURN_IF_ERROR(application->Open(config, material, admin_token));
  RETURN_IF_ERROR(application->Serve(config, material.tls));
  return std::unique_ptr<Application>(std::move(application));
}

}  // namespace gitsync
