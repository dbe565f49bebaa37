#ifndef GITSYNC_SERVER_GIT_TRANSPORT_TRANSPORT_OPTIONS_H_
#define GITSYNC_SERVER_GIT_TRANSPORT_TRANSPORT_OPTIONS_H_

#include "absl/time/time.h"
#include "server/git/transport/host_keys.h"
#include "server/git/transport/login_gate.h"

namespace gitsync {

// What transports are allowed and limited to.
struct TransportOptions {
  // Whether remotes may have loopback, link-local and private addresses.
  bool allow_private = false;
  // Whether file:// remotes are served.
  bool allow_file = false;
  SharedHostKeys host_keys;
  // How long a remote may be silent.
  absl::Duration stall_limit = absl::Seconds(30);
  // How long one address may take to accept a connection.
  absl::Duration connect_timeout = absl::Seconds(10);
  // Sessions that are kept while nobody uses them: how many, and for how long.
  int max_idle_sessions = 256;
  absl::Duration max_idle_time = absl::Minutes(4);
  // How old an SSH session may be and still be kept: a key that the host has revoked
  // works no longer than this, and `max_idle_time`.
  absl::Duration max_session_age = absl::Minutes(10);
  // How long a remote's process waits for a push that was expected and does not come. A
  // little more if its connection is used for something else.
  absl::Duration ready_time = absl::Seconds(10);
  // How SSH logins are rationed.
  LoginGate::Options logins;
};

}  // namespace gitsync

#endif  // GITSYNC_SERVER_GIT_TRANSPORT_TRANSPORT_OPTIONS_H_
