#include "server/git/transport/ssh_transport.h"

#include <algorithm>
#include <string>
#include <utility>
#include <variant>

#include "absl/strings/str_cat.h"
#include "server/base/error.h"
#include "server/base/reason.h"
#include "server/base/status_macros.h"
#include "server/git/transport/ssh_stream.h"
#include "server/net/sigpipe.h"
#include "server/net/wait.h"

namespace gitsync {
namespace {

// A kept session that a firewall has forgotten is silent; a fresh one is sooner there
// than the stall limit is over.
constexpr absl::Duration kReuseLimit = absl::Seconds(5);

std::string PoolKey(const GitUrl& url, const SshCredentials& credentials) {
  return absl::StrCat(url.host, "\n", url.port, "\n", url.user, "\n",
                      credentials.key_id, "\n", credentials.pinned_host_key, "\n",
                      credentials.expected_fingerprint);
}

}  // namespace

SshTransport::SshTransport(TransportOptions options)
    : options_(std::move(options)),
      pool_(options_.max_idle_sessions, options_.max_idle_time) {
  IgnoreSigpipe();
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
  const std::string key = PoolKey(remote.url, *credentials);
  const auto open = [&](std::unique_ptr<SshSession> session,
                        absl::Duration open_limit) {
    return SshStream::Open(std::move(session), service, remote.url.path, context,
                           open_limit, options_.stall_limit,
                           [this, key](std::unique_ptr<SshSession> used) {
                             pool_.Put(key, std::move(used));
                           });
  };
  if (std::unique_ptr<SshSession> session = pool_.Take(key)) {
    absl::StatusOr<std::unique_ptr<SshStream>> stream =
        open(std::move(session), std::min(kReuseLimit, options_.stall_limit));
    if (stream.ok()) return std::unique_ptr<GitStream>(*std::move(stream));
    RETURN_IF_ERROR(CheckRemoteTime(context));
    // That a kept session is dead shows only on use, and its siblings most likely died
    // with it.
    pool_.Drop(key);
  }
  ASSIGN_OR_RETURN(std::unique_ptr<SshSession> session,
                   SshSession::Connect(remote.url, *credentials, options_, context));
  ASSIGN_OR_RETURN(std::unique_ptr<SshStream> stream,
                   open(std::move(session), options_.stall_limit));
  return std::unique_ptr<GitStream>(std::move(stream));
}

}  // namespace gitsync
