#ifndef GITSYNC_SERVER_GIT_TRANSPORT_HTTPS_TRIES_H_
#define GITSYNC_SERVER_GIT_TRANSPORT_HTTPS_TRIES_H_

#include <map>
#include <string>

#include "absl/status/status.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"
#include "server/git/transport/https_logins.h"
#include "server/git/transport/refused_logins.h"
#include "server/git/transport/remote.h"

namespace gitsync {

// Which logins to HTTPS hosts are not to be tried for now: hosts may lock an account
// after some that fail, and say how long they want to be left alone. In memory only.
// Thread-safe; does not block. Times are of the steady clock.
class HttpsTries {
 public:
  // Whether a request may log in at `now`. A remote that is to be proved afresh may do
  // so with a token that was refused before. Errors, with kNextTryTime: that which the
  // host gave last, UNAUTHENTICATED (REMOTE_AUTH_FAILED) or RESOURCE_EXHAUSTED
  // (REMOTE_RATE_LIMITED).
  absl::Status Check(const Remote& remote, const HttpsLogin& login, absl::Time now);

  // Takes note of what the host answered a request that logged in: OK, or its refusal.
  void Note(const Remote& remote, const HttpsLogin& login, const absl::Status& answer,
            absl::Time now);

 private:
  struct Hold {
    absl::Status error;
    absl::Time end;
  };

  absl::Mutex mutex_;
  RefusedLogins refused_ ABSL_GUARDED_BY(mutex_);
  // Hosts and user names that asked for patience.
  std::map<std::string, Hold> holds_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace gitsync

#endif  // GITSYNC_SERVER_GIT_TRANSPORT_HTTPS_TRIES_H_
