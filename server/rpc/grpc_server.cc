#include "server/rpc/grpc_server.h"

#include <grpcpp/ext/proto_server_reflection_plugin.h>
#include <grpcpp/grpcpp.h>
#include <grpcpp/health_check_service_interface.h>
#include <grpcpp/resource_quota.h>

#include <mutex>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "google/protobuf/message.h"
#include "grpc/health/v1/health.pb.h"
#include "server/net/listener.h"
#include "server/rpc/call/unreadable_request.h"
#include "server/rpc/connection/connection_watch.h"
#include "server/rpc/connection/server_tls.h"
#include "server/rpc/health_monitor.h"

namespace gitsync {
namespace {

constexpr int kMaxGrpcMessageBytes = 40 << 20;
constexpr size_t kMaxBufferBytes = size_t{1} << 30;
constexpr int kHandshakeTimeoutMs = 10'000;
constexpr int kMaxStreamsPerConnection = 1000;
// A connection whose other side has vanished silently is detected within a minute.
constexpr int kKeepaliveTimeMs = 40'000;
constexpr int kKeepaliveTimeoutMs = 20'000;
// Clients may ping this often, even without a call; more often is abuse.
constexpr int kMinPingIntervalMs = 10'000;

// How long gRPC has to close the connections by itself.
constexpr absl::Duration kGoodbye = absl::Seconds(2);

void SetLimits(grpc::ServerBuilder& builder) {
  builder.SetMaxReceiveMessageSize(kMaxGrpcMessageBytes);
  builder.SetMaxSendMessageSize(kMaxGrpcMessageBytes);
  // Without this, a connection that never completes its handshake stays forever.
  builder.AddChannelArgument(GRPC_ARG_SERVER_HANDSHAKE_TIMEOUT_MS, kHandshakeTimeoutMs);
  builder.AddChannelArgument(GRPC_ARG_MAX_CONCURRENT_STREAMS, kMaxStreamsPerConnection);
  builder.AddChannelArgument(GRPC_ARG_KEEPALIVE_TIME_MS, kKeepaliveTimeMs);
  builder.AddChannelArgument(GRPC_ARG_KEEPALIVE_TIMEOUT_MS, kKeepaliveTimeoutMs);
  builder.AddChannelArgument(GRPC_ARG_KEEPALIVE_PERMIT_WITHOUT_CALLS, 1);
  builder.AddChannelArgument(GRPC_ARG_HTTP2_MIN_RECV_PING_INTERVAL_WITHOUT_DATA_MS,
                             kMinPingIntervalMs);
  builder.SetResourceQuota(grpc::ResourceQuota("gitsyncd").Resize(kMaxBufferBytes));
}

class RunningServer : public GrpcServer {
 public:
  RunningServer(const Backend& backend, const Options& options)
      : dispatcher_(backend.store, backend.clock, options.dispatcher),
        tls_(options.tls.has_value() ? std::make_shared<ServerTls>(*options.tls)
                                     : nullptr) {
    services_.push_back(NewOrganizationService(backend, &dispatcher_));
    services_.push_back(NewAccessTokenService(backend, &dispatcher_));
    services_.push_back(NewAppService(backend, &dispatcher_));
    services_.push_back(NewGitConfigService(backend, &dispatcher_));
    services_.push_back(NewGitSyncService(backend, &dispatcher_));
    services_.push_back(NewOperationService(backend, &dispatcher_));
  }

  ~RunningServer() override { Shutdown(); }

  absl::Status Listen(const Backend& backend, const Options& options) {
    grpc::ServerBuilder builder;
    SetLimits(builder);
    builder.experimental().SetInterceptorCreators(ExplainUnreadableRequests());
    // gRPC's own listener stops accepting for good once the process is out of file
    // descriptors, and has no limit on connections.
    auto listener = Listener::Listen(options.listen, options.max_connections);
    if (!listener.ok()) return listener.status();
    listener_ = *std::move(listener);
    acceptor_ = builder.experimental().AddExternalConnectionAcceptor(
        grpc::ServerBuilder::experimental_type::ExternalConnectionType::FROM_FD,
        tls_ == nullptr ? grpc::InsecureServerCredentials() : tls_);
    for (const auto& service : services_) builder.RegisterService(service.get());
    server_ = builder.BuildAndStart();
    if (server_ == nullptr) {
      return absl::FailedPreconditionError("the gRPC server can't be built");
    }
    watch_ =
        std::make_unique<ConnectionWatch>([this](UniqueFd connection, int listener_fd) {
          grpc::experimental::ExternalConnectionAcceptor::NewConnectionParameters one;
          one.listener_fd = listener_fd;
          one.fd = connection.Release();
          acceptor_->HandleNewConnection(&one);
        });
    listener_->Start([this](UniqueFd connection, int listener_fd) {
      watch_->Take(std::move(connection), listener_fd);
    });
    monitor_ =
        std::make_unique<HealthMonitor>(backend.store, options.health_period,
                                        [this](bool healthy) { SetServing(healthy); });
    return absl::OkStatus();
  }

  int port() const override { return listener_->port(); }

  std::shared_ptr<grpc::Channel> InProcessChannel() override {
    grpc::ChannelArguments arguments;
    arguments.SetMaxReceiveMessageSize(kMaxGrpcMessageBytes);
    arguments.SetMaxSendMessageSize(kMaxGrpcMessageBytes);
    return server_->InProcessChannel(arguments);
  }

  void SetTls(TlsMaterial material) override {
    if (tls_ != nullptr) tls_->Set(std::move(material));
  }

  void Drain(absl::Time deadline) override {
    if (monitor_ != nullptr) monitor_->Stop();
    if (server_ != nullptr) SetServing(false);
    dispatcher_.gate().Close();
    if (!dispatcher_.gate().AwaitIdle(deadline)) dispatcher_.gate().CancelAll();
  }

  void Shutdown() override {
    Drain(absl::InfinitePast());
    // Nobody would close a connection that the listener hands over after the server's
    // end.
    if (listener_ != nullptr) listener_->Stop();
    if (watch_ != nullptr) {
      watch_->Stop();
      // Once its shutdown begins, gRPC cancels calls that still arrive. Clients do not
      // retry these, but they retry the calls of a closed connection.
      watch_->HangUp(kGoodbye);
    }
    if (server_ == nullptr) return;
    // At the deadline gRPC cancels what is left, which clients take for an error.
    server_->Shutdown(absl::ToChronoTime(absl::Now() + kGoodbye));
    server_->Wait();
    dispatcher_.gate().AwaitIdle(absl::InfiniteFuture());
    server_.reset();
  }

 private:
  void SetServing(bool serving) {
    grpc::HealthCheckServiceInterface* health = server_->GetHealthCheckService();
    health->SetServingStatus(serving);
    health->SetServingStatus("", serving);
    for (const char* service :
         {"AccessTokenService", "AppService", "GitConfigService", "GitSyncService",
          "OperationService", "OrganizationService"}) {
      health->SetServingStatus(absl::StrCat("gitsync.v1.", service), serving);
    }
  }

  Dispatcher dispatcher_;
  // Null: no TLS.
  const std::shared_ptr<ServerTls> tls_;
  std::vector<std::unique_ptr<grpc::Service>> services_;
  std::unique_ptr<grpc::experimental::ExternalConnectionAcceptor> acceptor_;
  std::unique_ptr<grpc::Server> server_;
  std::unique_ptr<ConnectionWatch> watch_;
  std::unique_ptr<Listener> listener_;
  std::unique_ptr<HealthMonitor> monitor_;
};

}  // namespace

absl::StatusOr<std::unique_ptr<GrpcServer>> GrpcServer::Start(const Backend& backend,
                                                              const Options& options) {
  // Both switches are global to the process, and must be set before a server is built.
  static std::once_flag health;
  std::call_once(health, [] { grpc::EnableDefaultHealthCheckService(true); });
  if (options.reflection) {
    static std::once_flag reflection;
    std::call_once(reflection,
                   &grpc::reflection::InitProtoReflectionServerBuilderPlugin);
    // gRPC's library answers health checks, but does not describe them.
    google::protobuf::LinkMessageReflection<grpc::health::v1::HealthCheckRequest>();
  }
  auto server = std::make_unique<RunningServer>(backend, options);
  const absl::Status listening = server->Listen(backend, options);
  if (!listening.ok()) return listening;
  return std::unique_ptr<GrpcServer>(std::move(server));
}

}  // namespace gitsync
