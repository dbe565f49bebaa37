#ifndef GITSYNC_SERVER_GIT_TRANSPORT_SSH_TRANSPORT_H_
#define GITSYNC_SERVER_GIT_TRANSPORT_SSH_TRANSPORT_H_

#include <map>
#include <memory>
#include <string>
#include <thread>

#include "absl/synchronization/mutex.h"
#include "server/git/transport/login_gate.h"
#include "server/git/transport/ssh_session.h"
#include "server/git/transport/ssh_stream.h"
#include "server/git/transport/transport.h"
#include "server/git/transport/transport_options.h"
#include "server/net/session_pool.h"

namespace gitsync {

// Serves SSH remotes over libssh. A session carries one command at a time; sessions
// that ended a command well are kept and used again, for the same host, port, user,
// key and pinned host key, until they are too old.
class SshTransport : public GitTransport {
 public:
  // Ignores SIGPIPE: see IgnoreSigpipe.
  explicit SshTransport(TransportOptions options);
  ~SshTransport() override { Shutdown(); }

  absl::StatusOr<std::unique_ptr<GitStream>> Open(const Remote& remote,
                                                  GitService service,
                                                  const Context& context) override;
  // Hands out what GetReady has made ready, with the advertisement of that moment.
  absl::StatusOr<std::unique_ptr<GitStream>> OpenUnasked(
      const Remote& remote, const Context& context) override;
  void GetReady(const Remote& remote, const Context& context) override;
  void Shutdown() override;

 private:
  // Takes a kept session for a command and starts it there, or connects.
  absl::StatusOr<std::unique_ptr<SshStream>> OpenAnySession(
      const Remote& remote, const SshCredentials& credentials, GitService service,
      const Context& context);
  // Connects and logs in, once it is our turn. Connects once more if the connection
  // breaks before the login, as a busy sshd's does, and if it was closed unheard, for
  // as long as the gate lets it.
  absl::StatusOr<std::unique_ptr<SshSession>> Connect(const Remote& remote,
                                                      const SshCredentials& credentials,
                                                      const Context& context);
  absl::StatusOr<std::unique_ptr<SshStream>> OpenNewSession(
      const Remote& remote, const SshCredentials& credentials, GitService service,
      const Context& context);
  // Closes the sessions that were made with this login, also those in use, as soon as
  // they are given back.
  void Distrust(const std::string& login);
  // What takes a session of `key` back.
  SshStream::GiveBack Keeper(const std::string& key);
  // Keeps a session until it is used again, unless it is too old or distrusted.
  void Keep(const std::string& key, std::unique_ptr<SshSession> session);
  // Ends receive-packs that were made ready in vain. For a thread of its own.
  void EndUnused();

  const TransportOptions options_;
  LoginGate gate_;
  SessionPool<SshSession> pool_;

  absl::Mutex mutex_;
  bool closed_ ABSL_GUARDED_BY(mutex_) = false;
  // Whether an idle session may have a receive-pack that is ready.
  bool ready_ ABSL_GUARDED_BY(mutex_) = false;
  // Logins that failed to be proved afresh, and when.
  std::map<std::string, absl::Time> distrusted_ ABSL_GUARDED_BY(mutex_);
  std::thread ender_;
};

}  // namespace gitsync

#endif  // GITSYNC_SERVER_GIT_TRANSPORT_SSH_TRANSPORT_H_
