#include "server/app/transports.h"

#include <algorithm>
#include <utility>
#include <variant>

#include "server/base/clock.h"
#include "server/git/transport/https_logins.h"
#include "server/git/transport/transport_options.h"
#include "server/git/transport/transport_router.h"
#include "server/github/app_logins.h"
#include "server/http_client/http_client.h"

namespace gitsync {
namespace {

// Logins for every kind of credentials that HTTPS remotes use.
class AllLogins : public HttpsLogins {
 public:
  AllLogins(HttpClient* http, const Clock* clock) : apps_(http, clock) {}

  absl::StatusOr<HttpsLogin> Get(const Remote& remote,
                                 const Context& context) override {
    return For(remote).Get(remote, context);
  }

  bool Reject(const Remote& remote, const HttpsLogin& login) override {
    return For(remote).Reject(remote, login);
  }

 private:
  HttpsLogins& For(const Remote& remote) {
    if (std::holds_alternative<GitHubAppCredentials>(remote.credentials)) return apps_;
    return tokens_;
  }

  StaticLogins tokens_;
  GitHubAppLogins apps_;
};

// The transports and the objects that they depend on.
class Transports : public GitTransport {
 public:
  Transports(const TransportOptions& options, HttpOptions http_options)
      : http_(std::move(http_options)),
        logins_(&http_, &clock_),
        router_(options, &http_, &logins_) {}

  absl::StatusOr<std::unique_ptr<GitStream>> Open(const Remote& remote,
                                                  GitService service,
                                                  const Context& context) override {
    return router_.Open(remote, service, context);
  }

  absl::StatusOr<std::unique_ptr<GitStream>> OpenUnasked(
      const Remote& remote, const Context& context) override {
    return router_.OpenUnasked(remote, context);
  }

  void GetReady(const Remote& remote, const Context& context) override {
    router_.GetReady(remote, context);
  }

  void Shutdown() override { router_.Shutdown(); }

 private:
  const SystemClock clock_;
  HttpClient http_;
  AllLogins logins_;
  TransportRouter router_;
};

LoginRationing RationingOf(absl::string_view setting) {
  if (setting == "always") return LoginRationing::kAlways;
  if (setting == "never") return LoginRationing::kNever;
  return LoginRationing::kAuto;
}

}  // namespace

std::unique_ptr<GitTransport> MakeTransport(const config::v1::ServerConfig& config,
                                            SharedHostKeys host_keys,
                                            LoginRecord* logins) {
  TransportOptions options;
  options.allow_private = config.allow_private_remotes();
  options.allow_file = config.allow_file_remotes();
  options.stall_limit = absl::Seconds(config.remote_stall_seconds());
  options.host_keys = std::move(host_keys);
  options.logins.rationing = RationingOf(config.ssh_login_ration());
  options.logins.most_waiting = std::max(config.git_workers() / 2, 1);
  options.logins.record = logins;
  HttpOptions http;
  http.allow_private = options.allow_private;
  http.stall_limit = options.stall_limit;
  return std::make_unique<Transports>(options, std::move(http));
}

}  // namespace gitsync
