#ifndef GITSYNC_SERVER_GIT_TRANSPORT_REFUSED_LOGINS_H_
#define GITSYNC_SERVER_GIT_TRANSPORT_REFUSED_LOGINS_H_

#include <map>
#include <string>

#include "absl/status/status.h"
#include "absl/time/time.h"

namespace gitsync {

// Remembers which logins were refused, and why: a host may count those that it refuses.
// In memory only. Not thread-safe; does no I/O.
class RefusedLogins {
 public:
  // The first pause before a login is tried again, and the longest: each one is twice
  // the one before.
  static constexpr absl::Duration kFirstPause = absl::Seconds(30);
  static constexpr absl::Duration kLongestPause = absl::Minutes(30);

  // For how long after its pause a refusal is kept: nobody asks any more for those of
  // configurations that have been changed since.
  static constexpr absl::Duration kKeptTime = absl::Hours(24);

  struct Refusal {
    absl::Status error;
    absl::Duration pause;
    absl::Time next_try = absl::InfinitePast();
  };

  // `login` was refused at `now`: once more, or for the first time. Within its pause,
  // because somebody asked or several were under way, the pause begins again and is no
  // longer.
  void Add(const std::string& login, const absl::Status& error, absl::Time now);
  // It worked.
  void Forget(const std::string& login) { refusals_.erase(login); }

  // Its last refusal, also when its pause is over; null if it was not refused since it
  // last worked. Valid until the next Add or Forget.
  const Refusal* Find(const std::string& login) const;

 private:
  std::map<std::string, Refusal> refusals_;
};

}  // namespace gitsync

#endif  // GITSYNC_SERVER_GIT_TRANSPORT_REFUSED_LOGINS_H_
