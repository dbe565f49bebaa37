#ifndef GITSYNC_SERVER_GIT_TRANSPORT_WORKED_LOGINS_H_
#define GITSYNC_SERVER_GIT_TRANSPORT_WORKED_LOGINS_H_

#include <map>
#include <string>

#include "absl/time/time.h"

namespace gitsync {

// Remembers which logins have worked since this process began. In memory only. Not
// thread-safe; does no I/O.
class WorkedLogins {
 public:
  // After that a login is forgotten: its configuration may be gone.
  static constexpr absl::Duration kKeptTime = absl::Hours(24);

  void Add(const std::string& login, absl::Time now) {
    if (!since_.emplace(login, now).second) return;
    std::erase_if(since_,
                  [now](const auto& entry) { return entry.second + kKeptTime < now; });
  }
  void Forget(const std::string& login) { since_.erase(login); }
  void ForgetAll() { since_.clear(); }
  bool Has(const std::string& login) const { return since_.contains(login); }

 private:
  std::map<std::string, absl::Time> since_;
};

}  // namespace gitsync

#endif  // GITSYNC_SERVER_GIT_TRANSPORT_WORKED_LOGINS_H_
