#ifndef GITSYNC_SERVER_GIT_TRANSPORT_HTTPS_TRIES_H_
#define GITSYNC_SERVER_GIT_TRANSPORT_HTTPS_TRIES_H_

#include <map>
#include <string>

#include "absl/status/status.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"
#include "server/git/transport/https_logins.h"
#include "server/git/transport/login_debt.h"
#include "server/git/transport/refused_logins.h"
#include "server/git/transport/remote.h"
#include "server/git/transport/transport.h"
#include "server/git/transport/worked_logins.h"

namespace gitsync {

// Which logins to HTTPS hosts are not to be tried for now: hosts may lock an account,
// or refuse our address, after some that fail, and say how long they want to be left
// alone. In memory only. Thread-safe; does not block. Times are of the steady clock.
class HttpsTries {
 public:
  // What a failed login costs its user name, in the seconds of LoginDebt, and what may
  // be owed when one is tried that may fail: four fail at once, since nobody waits
  // here, then one each twelve seconds. GitLab, for one, refuses an address for an hour
  // that fails ten times within a minute. What several user names fail together is not
  // counted.
  static constexpr absl::Duration kFailure = absl::Seconds(10);
  static constexpr absl::Duration kMostOwed = absl::Seconds(30);

  // Whether a request may log in at `now`. One that settles a push always may; one made
  // to mend the remote may also use a token that was refused before. Errors, with
  // kNextTryTime: that which the host gave last, UNAUTHENTICATED (REMOTE_AUTH_FAILED)
  // or RESOURCE_EXHAUSTED (REMOTE_RATE_LIMITED); the latter also where there is no room
  // for a failure, and the login is not known to work.
  absl::Status Check(const Remote& remote, GitService service, const HttpsLogin& login,
                     absl::Time now);

  // Takes note of what the host answered a request that logged in: OK, or its refusal.
  void Note(const Remote& remote, GitService service, const HttpsLogin& login,
            const absl::Status& answer, absl::Time now);

 private:
  struct Hold {
    absl::Status error;
    absl::Time end;
  };

  bool IsProved(const Remote& remote, const std::string& use) const
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  // The hold of that name that lasts at `now`; null if there is none.
  const Hold* HoldOf(const std::string& name, absl::Time now) const
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);

  absl::Mutex mutex_;
  // Of logins to read and to write, apart: some hosts answer 401 to those who may only
  // read.
  RefusedLogins refused_ ABSL_GUARDED_BY(mutex_);
  WorkedLogins worked_ ABSL_GUARDED_BY(mutex_);
  // What failed logins have cost, by host and user name.
  std::map<std::string, LoginDebt> debts_ ABSL_GUARDED_BY(mutex_);
  // Where hosts asked for patience: by host and user name, or by login if that one is
  // known to work, so that nobody's quota is another's.
  std::map<std::string, Hold> holds_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace gitsync

#endif  // GITSYNC_SERVER_GIT_TRANSPORT_HTTPS_TRIES_H_
