#include "server/gateway/http/http_server.h"

#include <algorithm>
#include <atomic>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <memory>
#include <thread>
#include <unordered_set>
#include <utility>
#include <vector>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/synchronization/mutex.h"
#include "server/base/error.h"
#include "server/base/logging.h"
#include "server/base/open_files.h"
#include "server/base/reason.h"
#include "server/base/status_macros.h"
#include "server/base/steady_clock.h"
#include "server/base/uuid.h"
#include "server/gateway/http/http_error.h"
#include "server/gateway/http/http_text.h"

namespace gitsync::gateway {
namespace {

namespace asio = boost::asio;
using boost::system::error_code;
using tcp = asio::ip::tcp;
using TlsContext = std::shared_ptr<asio::ssl::context>;

constexpr int kBacklog = 1024;
constexpr absl::Duration kAcceptPause = absl::Milliseconds(100);

// One thread and its connections.
struct Loop {
  asio::io_context context{1};
  asio::executor_work_guard<asio::io_context::executor_type> work =
      asio::make_work_guard(context);
  asio::steady_timer timer{context};
  std::unordered_set<Connection*> connections;
  std::thread thread;
};

absl::StatusOr<tcp::endpoint> Resolve(asio::io_context& context,
                                      const std::string& listen) {
  const size_t colon = listen.rfind(':');
  std::string host = listen.substr(0, colon);
  int port = -1;
  if (colon == std::string::npos ||
      !absl::SimpleAtoi(listen.substr(colon + 1), &port) || port < 0 || port > 65535) {
    return absl::InvalidArgumentError(absl::StrCat(listen, " is not HOST:PORT"));
  }
  if (host.size() > 2 && host.front() == '[' && host.back() == ']') {
    host = host.substr(1, host.size() - 2);
  }
  error_code error;
  tcp::resolver resolver(context);
  const auto found =
      resolver.resolve(host, absl::StrCat(port), tcp::resolver::passive, error);
  if (error || found.empty()) {
    return absl::InvalidArgumentError(
        absl::StrCat("cannot resolve ", host, ": ", error.message()));
  }
  return found.begin()->endpoint();
}

std::string TooManyConnections() {
  const std::string request_id = NewUuid();
  const HttpResponse response = ErrorResponse(
      Error(absl::StatusCode::kUnavailable, reason::kServerBusy,
            "The server has as many connections as it takes; repeat the request in a "
            "moment.")
          .RetryAfter(absl::Seconds(1))
          .ToStatus(),
      request_id);
  return absl::StrCat("HTTP/1.1 503 ", ReasonPhrase(503),
                      "\r\nContent-Type: application/json\r\nRetry-After: 1\r\n"
                      "Connection: close\r\nX-Request-Id: ",
                      request_id, "\r\nContent-Length: ", response.body.size(),
                      "\r\n\r\n", response.body);
}

std::vector<std::unique_ptr<Loop>> MakeLoops(int threads) {
  const int cores = static_cast<int>(std::thread::hardware_concurrency());
  std::vector<std::unique_ptr<Loop>> loops(threads > 0 ? threads : std::max(2, cores));
  for (auto& loop : loops) loop = std::make_unique<Loop>();
  return loops;
}

class RunningHttpServer : public HttpServer {
 public:
  RunningHttpServer(HttpHandler* handler, const Options& options)
      : bodies_(options.limits.max_bodies_bytes),
        connection_options_{options.limits, handler, &bodies_, &draining_},
        tick_(absl::ToChronoNanoseconds(options.tick)),
        loops_(MakeLoops(options.threads)) {}

  ~RunningHttpServer() override { Stop(absl::InfinitePast()); }

  absl::Status Listen(const Options& options) {
    if (options.tls.has_value()) {
      ASSIGN_OR_RETURN(TlsContext tls, MakeTlsContext(*options.tls));
      absl::MutexLock lock(&mutex_);
      tls_ = std::move(tls);
    }
    ASSIGN_OR_RETURN(const tcp::endpoint endpoint,
                     Resolve(loops_[0]->context, options.listen));
    error_code error;
    acceptor_.open(endpoint.protocol(), error);
    if (!error) acceptor_.set_option(tcp::acceptor::reuse_address(true), error);
    if (!error) acceptor_.bind(endpoint, error);
    if (!error) acceptor_.listen(kBacklog, error);
    if (error) {
      return absl::FailedPreconditionError(
          absl::StrCat("cannot listen on ", options.listen, ": ", error.message()));
    }
    port_ = acceptor_.local_endpoint().port();
    Accept();
    for (const auto& loop : loops_) {
      Tick(*loop);
      loop->thread = std::thread([&loop = *loop] { loop.context.run(); });
    }
    return absl::OkStatus();
  }

  int port() const override { return port_; }

  absl::Status SetTls(const GatewayTls& tls) override {
    ASSIGN_OR_RETURN(TlsContext context, MakeTlsContext(tls));
    absl::MutexLock lock(&mutex_);
    if (tls_ != nullptr) tls_ = std::move(context);
    return absl::OkStatus();
  }

  void Drain() override {
    if (!loops_[0]->thread.joinable()) return;
    draining_ = true;
    asio::post(loops_[0]->context, [this] {
      error_code ignored;
      acceptor_.close(ignored);
      retry_.cancel();
    });
    ForEachConnection(&Connection::Drain);
  }

  void Stop(absl::Time deadline) override {
    Drain();
    if (loops_[0]->thread.joinable()) {
      if (!AwaitNone(deadline)) {
        ForEachConnection(&Connection::Close);
        AwaitNone(absl::InfiniteFuture());
      }
    }
    for (const auto& loop : loops_) {
      loop->work.reset();
      loop->context.stop();
      if (loop->thread.joinable()) loop->thread.join();
    }
  }

 private:
  void Accept() {
    Loop& loop = *loops_[next_loop_];
    next_loop_ = (next_loop_ + 1) % loops_.size();
    acceptor_.async_accept(loop.context, [this, &loop](const error_code& error,
                                                       tcp::socket socket) {
      if (!acceptor_.is_open()) return;
      if (!error) {
        Take(loop, std::move(socket));
        return Accept();
      }
      // Most likely out of file descriptors: other connections must close theirs first.
      Log(LogLevel::kWarning, "connection not accepted", {{"error", error.message()}});
      retry_.expires_after(absl::ToChronoNanoseconds(kAcceptPause));
      retry_.async_wait([this](const error_code& stopped) {
        if (!stopped && acceptor_.is_open()) Accept();
      });
    });
  }

  void Take(Loop& loop, tcp::socket socket) {
    error_code ignored;
    socket.set_option(tcp::no_delay(true), ignored);
    TlsContext tls;
    {
      absl::MutexLock lock(&mutex_);
      if (draining_ || open_ >= connection_options_.limits.max_connections ||
          !IsForCallers(socket.native_handle())) {
        // The message fits into the buffer of a new socket, so the write need not wait.
        socket.non_blocking(true, ignored);
        if (tls_ == nullptr)
          socket.write_some(asio::buffer(TooManyConnections()), ignored);
        socket.shutdown(tcp::socket::shutdown_send, ignored);
        socket.close(ignored);
        return;
      }
      ++open_;
      ++alive_;
      tls = tls_;
    }
    asio::post(loop.context, [this, &loop, moved = std::move(socket), tls]() mutable {
      Begin(loop, std::move(moved), tls);
    });
  }

  void Begin(Loop& loop, tcp::socket socket, const TlsContext& tls) {
    std::unique_ptr<ByteStream> stream = tls == nullptr
                                             ? ByteStream::Plain(std::move(socket))
                                             : ByteStream::Tls(std::move(socket), tls);
    auto* raw = new Connection(&loop.context, std::move(stream), &connection_options_,
                               [this, &loop](Connection* closed) {
                                 loop.connections.erase(closed);
                                 absl::MutexLock lock(&mutex_);
                                 --open_;
                               });
    // The last owner to release it may be a gRPC thread, which must not touch sockets.
    const std::shared_ptr<Connection> connection(raw, [this, &loop](Connection* gone) {
      asio::post(loop.context, [this, gone] {
        delete gone;
        absl::MutexLock lock(&mutex_);
        --alive_;
      });
    });
    loop.connections.insert(raw);
    connection->Open();
    if (draining_) connection->Drain();
  }

  void Tick(Loop& loop) {
    loop.timer.expires_after(tick_);
    loop.timer.async_wait([this, &loop](const error_code& error) {
      if (error) return;
      const absl::Time now = SteadyNow();
      CallForEach(loop,
                  [now](Connection& connection) { connection.CheckDeadline(now); });
      Tick(loop);
    });
  }

  // `call` may close the connection.
  template <typename Call>
  static void CallForEach(Loop& loop, const Call& call) {
    const std::vector<Connection*> all(loop.connections.begin(),
                                       loop.connections.end());
    for (Connection* connection : all) {
      // Closing one never closes another, and connections are deleted only by the loop.
      call(*connection);
    }
  }

  void ForEachConnection(void (Connection::*method)()) {
    for (const auto& loop : loops_) {
      asio::post(loop->context, [&loop = *loop, method] {
        CallForEach(loop, [method](Connection& connection) { (connection.*method)(); });
      });
    }
  }

  bool AwaitNone(absl::Time deadline) {
    const auto none = [this]()
                          ABSL_SHARED_LOCKS_REQUIRED(mutex_) { return alive_ == 0; };
    absl::MutexLock lock(&mutex_);
    return mutex_.AwaitWithDeadline(absl::Condition(&none), deadline);
  }

  BodyBudget bodies_;
  const ConnectionOptions connection_options_;
  const std::chrono::nanoseconds tick_;
  const std::vector<std::unique_ptr<Loop>> loops_;
  // These belong to the first loop.
  tcp::acceptor acceptor_{loops_[0]->context};
  asio::steady_timer retry_{loops_[0]->context};
  size_t next_loop_ = 0;
  int port_ = 0;
  std::atomic<bool> draining_{false};

  absl::Mutex mutex_;
  // For new connections; null without TLS.
  TlsContext tls_ ABSL_GUARDED_BY(mutex_);
  // `open_` counts connections that are not closed, `alive_` those that something still
  // holds.
  int open_ ABSL_GUARDED_BY(mutex_) = 0;
  int alive_ ABSL_GUARDED_BY(mutex_) = 0;
};

}  // namespace

absl::StatusOr<std::unique_ptr<HttpServer>> HttpServer::Start(HttpHandler* handler,
                                                              const Options& options) {
  auto server = std::make_unique<RunningHttpServer>(handler, options);
  RETURN_IF_ERROR(server->Listen(options));
  return std::unique_ptr<HttpServer>(std::move(server));
}

}  // namespace gitsync::gateway
