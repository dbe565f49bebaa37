#include "server/git/transport/ssh_transport.h"

#include <algorithm>
#include <optional>
#include <string>
#include <utility>
#include <variant>

#include "absl/strings/str_cat.h"
#include "server/base/error.h"
#include "server/base/reason.h"
#include "server/base/status_macros.h"
#include "server/git/transport/next_try.h"
#include "server/git/transport/ssh_stream.h"
#include "server/net/sigpipe.h"
#include "server/net/wait.h"

namespace gitsync {
namespace {

// A kept session that a firewall has forgotten is silent; a fresh one is sooner there
// than the stall limit is over.
constexpr absl::Duration kReuseLimit = absl::Seconds(5);

// How long after a connection that was dropped another one is made.
constexpr absl::Duration kRetryPause = absl::Seconds(1);

bool HasNothingReady(const SshSession& session) { return !session.HasReady(); }

// Who logs in where: what the keys of all its sessions in the pool begin with.
std::string LoginOf(const GitUrl& url, const SshCredentials& credentials) {
  return absl::StrCat(url.host, "\n", url.port, "\n", url.user, "\n",
                      credentials.key_id, "\n");
}

std::string PoolKey(const GitUrl& url, const SshCredentials& credentials) {
  return absl::StrCat(LoginOf(url, credentials), credentials.pinned_host_key, "\n",
                      credentials.expected_fingerprint);
}

// The login that a key in the pool begins with.
absl::string_view LoginIn(absl::string_view pool_key) {
  size_t end = 0;
  for (int lines = 0; lines < 4; ++lines) end = pool_key.find('\n', end) + 1;
  return pool_key.substr(0, end);
}

}  // namespace

SshTransport::SshTransport(TransportOptions options)
    : options_(std::move(options)),
      gate_(options_.logins),
      pool_(options_.max_idle_sessions, options_.max_idle_time) {
  IgnoreSigpipe();
  ender_ = std::thread([this] { EndUnused(); });
}

void SshTransport::Shutdown() {
  pool_.Close();
  {
    absl::MutexLock lock(&mutex_);
    closed_ = true;
  }
  if (ender_.joinable()) ender_.join();
}

absl::StatusOr<std::unique_ptr<GitStream>> SshTransport::Open(const Remote& remote,
                                                              GitService service,
                                                              const Context& context) {
  const auto* credentials = std::get_if<SshCredentials>(&remote.credentials);
  if (credentials == nullptr) {
    return Error(absl::StatusCode::kUnauthenticated, reason::kRemoteAuthFailed,
                 "An SSH remote needs an SSH key; configure one for it.")
        .ToStatus();
  }
  auto stream = remote.afresh ? OpenNewSession(remote, *credentials, service, context)
                              : OpenAnySession(remote, *credentials, service, context);
  if (!stream.ok()) {
    // A caller who goes away says nothing of the login, and neither does a host that
    // was not tried.
    if (remote.afresh && context.Check().ok() &&
        MetadataOf(stream.status(), kNextTryTime).empty()) {
      Distrust(LoginOf(remote.url, *credentials));
    }
    return stream.status();
  }
  return std::unique_ptr<GitStream>(*std::move(stream));
}

absl::StatusOr<std::unique_ptr<SshStream>> SshTransport::OpenAnySession(
    const Remote& remote, const SshCredentials& credentials, GitService service,
    const Context& context) {
  const std::string key = PoolKey(remote.url, credentials);
  // One with a receive-pack that is ready is left to whoever wants that, if there is
  // another.
  std::unique_ptr<SshSession> session = pool_.Take(key, HasNothingReady);
  if (session == nullptr) session = pool_.Take(key);
  if (session != nullptr) {
    auto stream = SshStream::Open(std::move(session), service, remote.url.path, context,
                                  std::min(kReuseLimit, options_.stall_limit),
                                  options_.stall_limit, Keeper(key));
    if (stream.ok()) return stream;
    RETURN_IF_ERROR(CheckRemoteTime(context));
    // That a kept session is dead shows only on use, and its siblings most likely died
    // with it.
    pool_.Drop(key);
  }
  return OpenNewSession(remote, credentials, service, context);
}

absl::StatusOr<std::unique_ptr<SshSession>> SshTransport::Connect(
    const Remote& remote, const SshCredentials& credentials, const Context& context) {
  bool broke_before = false;
  std::optional<int64_t> greetings;
  while (true) {
    {
      ASSIGN_OR_RETURN(const std::unique_ptr<LoginGate::Turn> turn,
                       gate_.Enter(remote, LoginOf(remote.url, credentials), context));
      auto session =
          SshSession::Connect(remote.url, credentials, options_, *turn, context);
      if (ReasonOf(session.status()) != reason::kRemoteUnreachable ||
          !turn->is_connected() || turn->login_began()) {
        return session;
      }
      if (!turn->is_greeted()) {
        greetings = turn->ClosedUnheard(greetings);
        if (!greetings.has_value()) continue;
      } else if (std::exchange(broke_before, true)) {
        return session;
      }
    }
    WaitFor({}, context, kRetryPause).IgnoreError();
    RETURN_IF_ERROR(CheckRemoteTime(context));
  }
}

absl::StatusOr<std::unique_ptr<SshStream>> SshTransport::OpenNewSession(
    const Remote& remote, const SshCredentials& credentials, GitService service,
    const Context& context) {
  ASSIGN_OR_RETURN(std::unique_ptr<SshSession> session,
                   Connect(remote, credentials, context));
  return SshStream::Open(std::move(session), service, remote.url.path, context,
                         options_.stall_limit, options_.stall_limit,
                         Keeper(PoolKey(remote.url, credentials)));
}

absl::StatusOr<std::unique_ptr<GitStream>> SshTransport::OpenUnasked(
    const Remote& remote, const Context& context) {
  const auto* credentials = std::get_if<SshCredentials>(&remote.credentials);
  if (credentials == nullptr) return nullptr;
  const std::string key = PoolKey(remote.url, *credentials);
  const std::string command = GitCommand(GitService::kReceivePack, remote.url.path);
  std::unique_ptr<SshSession> session =
      pool_.Take(key, [&, now = absl::Now()](const SshSession& idle) {
        return idle.HasReady(command, now);
      });
  if (session == nullptr) return nullptr;
  return SshStream::TakeReady(std::move(session), context, options_.stall_limit,
                              Keeper(key));
}

void SshTransport::GetReady(const Remote& remote, const Context& context) {
  const auto* credentials = std::get_if<SshCredentials>(&remote.credentials);
  if (credentials == nullptr) return;
  const std::string key = PoolKey(remote.url, *credentials);
  std::unique_ptr<SshSession> session = pool_.Take(key, HasNothingReady);
  if (session == nullptr) return;
  const bool good =
      session->GetReady(GitCommand(GitService::kReceivePack, remote.url.path),
                        absl::Now() + options_.ready_time, context,
                        std::min(kReuseLimit, options_.stall_limit));
  if (good) Keep(key, std::move(session));
}

SshStream::GiveBack SshTransport::Keeper(const std::string& key) {
  return [this, key](std::unique_ptr<SshSession> used) { Keep(key, std::move(used)); };
}

void SshTransport::Keep(const std::string& key, std::unique_ptr<SshSession> session) {
  const absl::Time connected = session->connect_time();
  if (absl::Now() - connected > options_.max_session_age) return;
  const bool ready = session->HasReady();
  absl::MutexLock lock(&mutex_);
  if (!distrusted_.empty()) {
    const auto found = distrusted_.find(std::string(LoginIn(key)));
    if (found != distrusted_.end() && connected < found->second) return;
  }
  pool_.Put(key, std::move(session));
  if (ready) ready_ = true;
}

void SshTransport::Distrust(const std::string& login) {
  const absl::Time now = absl::Now();
  {
    absl::MutexLock lock(&mutex_);
    // Sessions from before are too old to be kept by now.
    std::erase_if(distrusted_, [&](const auto& entry) {
      return entry.second < now - options_.max_session_age;
    });
    distrusted_[login] = now;
  }
  pool_.DropIf([&](const std::string& key) { return LoginIn(key) == login; });
}

void SshTransport::EndUnused() {
  absl::MutexLock lock(&mutex_);
  const auto busy = [this]() ABSL_SHARED_LOCKS_REQUIRED(mutex_) {
    return closed_ || ready_;
  };
  while (true) {
    mutex_.Await(absl::Condition(&busy));
    if (mutex_.AwaitWithTimeout(absl::Condition(&closed_), options_.ready_time / 5))
      return;
    ready_ = false;
    pool_.ForEach([this, now = absl::Now()](SshSession& idle)
                      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) {
                        if (idle.EndReady(now)) ready_ = true;
                      });
  }
}

}  // namespace gitsync
