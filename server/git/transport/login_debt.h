#ifndef GITSYNC_SERVER_GIT_TRANSPORT_LOGIN_DEBT_H_
#define GITSYNC_SERVER_GIT_TRANSPORT_LOGIN_DEBT_H_

#include "absl/time/time.h"

namespace gitsync {

// What a host holds against us for logins that failed, in the seconds that OpenSSH's
// sshd counts: it charges 5 for a refused login, and forgets one each second. This
// class forgets a little later than sshd does. Not thread-safe; the times that are
// passed in must not go back.
class LoginDebt {
 public:
  // What a refused login costs, and in which time as much is forgotten.
  static constexpr absl::Duration kRefused = absl::Seconds(5);
  static constexpr absl::Duration kRefill = absl::Seconds(6);

  void Charge(absl::Duration cost, absl::Time now);
  absl::Duration Owed(absl::Time now) const;
  // How long it takes until no more than `most` is owed, rounded up.
  absl::Duration TimeUntil(absl::Duration most, absl::Time now) const;

 private:
  absl::Duration owed_;  // at `time_`
  absl::Time time_ = absl::InfinitePast();
};

}  // namespace gitsync

#endif  // GITSYNC_SERVER_GIT_TRANSPORT_LOGIN_DEBT_H_
