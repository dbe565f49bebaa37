#ifndef GITSYNC_SERVER_GIT_TRANSPORT_SSH_SESSION_H_
#define GITSYNC_SERVER_GIT_TRANSPORT_SSH_SESSION_H_

#include <libssh/libssh.h>

#include <memory>
#include <string>

#include "absl/functional/function_ref.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "server/base/context.h"
#include "server/git/transport/host_keys.h"
#include "server/git/transport/login_gate.h"
#include "server/git/transport/remote.h"
#include "server/git/transport/transport_options.h"
#include "server/net/unique_fd.h"

namespace gitsync {

struct SshKeyDeleter {
  void operator()(ssh_key key) const { ssh_key_free(key); }
};
using UniqueSshKey = std::unique_ptr<ssh_key_struct, SshKeyDeleter>;

// The exit status of the remote's command; -1 if it has not ended, or if the remote
// does not say.
int ExitStatusOf(ssh_channel channel);

// One SSH connection, logged in. Used by one thread at a time. Reads no file and asks
// no agent: everything comes from the remote's credentials and the options.
class SshSession {
 public:
  // Connects, checks the host key, and only then logs in; tells `turn` how far it came.
  // When this returns an error the connection has ended. Blocks until done, the
  // context's deadline, or cancellation; no connection stays without login for longer
  // than 20 seconds. Errors as GitTransport::Open.
  static absl::StatusOr<std::unique_ptr<SshSession>> Connect(
      const GitUrl& url, const SshCredentials& credentials,
      const TransportOptions& options, LoginGate::Turn& turn, const Context& context);

  ~SshSession();
  SshSession(const SshSession&) = delete;
  SshSession& operator=(const SshSession&) = delete;

  // Repeats `step`, a call of libssh that returns `again` while it is not done, until
  // it is, waiting for the connection in between. Returns its last result.
  absl::StatusOr<int> Drive(absl::FunctionRef<int()> step, int again,
                            const Context& context, absl::Duration stall_limit);

  // Waits until the connection has something to read, or room for what is queued.
  absl::Status Wait(const Context& context, absl::Duration stall_limit);

  // Whether the connection is known to have ended. Does not block.
  bool IsDead() const;

  // UNAVAILABLE (REMOTE_UNREACHABLE) with libssh's words for what happened.
  absl::Status Broken() const;

  // Begins to open a channel for the next command, without waiting for the remote: that
  // command starts a round trip sooner.
  void PrepareChannel();

  // Opens a channel, the one that was prepared if it is still good, and starts a
  // command on it. The channel is the caller's to free. Blocks until the remote has
  // answered; waits for it at most `limit`. Errors: UNAUTHENTICATED
  // (REMOTE_AUTH_FAILED) if it refuses to run the command, and those of Drive and
  // Broken.
  absl::StatusOr<ssh_channel> Start(const std::string& command, const Context& context,
                                    absl::Duration limit);

  // Starts a git command for whoever wants it until `end`. Blocks as Start does. It may
  // not work: false, if the session is not to be used any more.
  bool GetReady(const std::string& command, absl::Time end, const Context& context,
                absl::Duration limit);
  bool HasReady() const { return ready_channel_ != nullptr; }
  // Whether `command` is ready, and is still meant to be used at `now`.
  bool HasReady(absl::string_view command, absl::Time now) const {
    return HasReady() && command == ready_command_ && now < ready_end_;
  }
  // Its channel, the caller's to free; null if it is known to have ended. Does not
  // block.
  ssh_channel TakeReady();
  // Tells a command that is ready that nothing is wanted of it, if its time is up at
  // `now`. Whether one is left. Does not block.
  bool EndReady(absl::Time now);

  ssh_session handle() { return handle_; }
  absl::Time connect_time() const { return connect_time_; }
  // "type base64".
  const std::string& host_key() const { return host_key_; }
  // As GitStream's.
  const std::string& protection() const { return protection_; }
  const std::string& login_algorithm() const { return login_algorithm_; }

 private:
  explicit SshSession(ssh_session handle) : handle_(handle) {}

  // Shakes hands over a connection, checks the host key, and logs in.
  static absl::StatusOr<std::unique_ptr<SshSession>> LogInOver(
      UniqueFd fd, const GitUrl& url, const SshCredentials& credentials,
      const TransportOptions& options, LoginGate::Turn& turn, const Context& context);
  absl::Status Configure(const GitUrl& url, const HostKeyDemand& demand,
                         const TransportOptions& options);
  absl::Status ShakeHands(const HostKeyDemand& demand, const TransportOptions& options,
                          LoginGate::Turn& turn, const Context& context);

  ssh_session handle_;
  const absl::Time connect_time_ = absl::Now();
  // Both are freed with the session, unless they were taken.
  ssh_channel next_channel_ = nullptr;   // may still be opening
  ssh_channel ready_channel_ = nullptr;  // runs `ready_command_`
  std::string ready_command_;
  absl::Time ready_end_;
  std::string host_key_;
  std::string protection_;
  std::string login_algorithm_;
};

}  // namespace gitsync

#endif  // GITSYNC_SERVER_GIT_TRANSPORT_SSH_SESSION_H_
