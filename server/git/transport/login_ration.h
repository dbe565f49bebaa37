// Rations the logins to an SSH host that counts the failed ones of our address.
//
// OpenSSH's sshd has charged seconds for them since 9.8 (PerSourcePenalties): 5 for a
// connection whose login fails, 1 for one that ends without a login, both when the
// connection has ended. It forgets a second each second, and refuses every connection
// of an address that owes it more than 15.
//
// A ration counts the same seconds, and lets a login begin only where there is room for
// its failure, should all others in flight fail as well. One whose key is known to have
// worked comes before the others and has more room, as it most likely costs nothing;
// but keys are removed from hosts, and hosts restored from old backups. One whose key
// has worked since this process began needs no room; few of these are in flight.

#ifndef GITSYNC_SERVER_GIT_TRANSPORT_LOGIN_RATION_H_
#define GITSYNC_SERVER_GIT_TRANSPORT_LOGIN_RATION_H_

#include <cstdint>
#include <map>
#include <string>

#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "server/git/transport/login_debt.h"

namespace gitsync {

// Whether the SSH server that sent `banner`, its identification string, counts failed
// logins: OpenSSH from 9.8 on.
bool CountsFailedLogins(absl::string_view banner);

// The ration of one host. Not thread-safe; does no I/O. The times that are passed in
// must not go back.
class LoginRation {
 public:
  // sshd's seconds that may be owed, or be in flight, when a login begins that may be
  // refused; its own included.
  static constexpr absl::Duration kRoom = absl::Seconds(10);
  // The same with logins whose keys are known to work: less than what sshd refuses us
  // for, which counts whole seconds and a little later.
  static constexpr absl::Duration kRoomOfProved = absl::Seconds(13);
  // What a refused login costs, and a connection that is given up before its login.
  static constexpr absl::Duration kRefused = LoginDebt::kRefused;
  static constexpr absl::Duration kGivenUp = absl::Seconds(1);
  // How many logins are in flight that may be refused, and how many that were seen to
  // work: of these, one while anything is owed, or may come to be.
  static constexpr int kMostUnproved = 2;
  static constexpr int kMostSeen = 2;

  struct Login {
    std::string organization;  // those of a host take turns
    bool proved = false;       // the key is known to have worked
    bool seen = false;         // and did so since this process began
    bool refused = false;      // it was refused before; it yields to others
    bool attended = true;      // somebody waits for it; others yield
  };

  // How a login's connection ended.
  enum class Cost { kNone, kGivenUp, kRefused };

  // Whether logins wait. What they cost is counted also while they don't.
  void Enforce(bool enforced) { enforced_ = enforced; }

  // Adds a login that waits for its turn. Returns its number.
  int64_t Join(Login login);

  // Begins a login that waits, if it is its turn at `now`. If not, it may be after
  // another login has joined, begun or ended, or at NextRoom.
  bool Begin(int64_t number, absl::Time now);

  // When there is room for one more login that may be refused, if none that is in
  // flight ends before; never too early. InfiniteFuture if there is none then.
  absl::Time NextRoom(absl::Time now) const;

  // Whether little enough is owed that one more login may begin whose key is known to
  // work, once none is in flight.
  bool HasRoomForProved(absl::Time now) const {
    return Debt(now) + kRefused <= kRoomOfProved;
  }

  // Removes a login. One that has begun is charged what it cost: call this when its
  // connection has ended, or when it has worked.
  void End(int64_t number, Cost cost, absl::Time now);

  // How many wait for their turn.
  int waiting() const;

  // What is owed.
  absl::Duration Debt(absl::Time now) const { return debt_.Owed(now); }

  // Whether nobody waits, nothing is in flight and nothing is owed.
  bool IsIdle(absl::Time now) const;

 private:
  struct Entry {
    Login login;
    bool begun = false;
  };

  // The count that a login belongs to.
  int& InFlight(const Login& login);
  // How much may be owed at most when one more login begins; negative: none may, with
  // those in flight.
  absl::Duration MostOwed(bool proved) const;
  // Whether a login waits whose key is known to work, and that needs room.
  bool ProvedWaits() const;
  bool MayBegin(int64_t number, const Entry& entry, absl::Time now) const;
  // Whether it comes before the others of its kind that wait.
  bool IsNext(int64_t number, const Entry& entry) const;

  bool enforced_ = true;
  std::map<int64_t, Entry> logins_;
  int64_t next_number_ = 1;
  // When each organization had its last turn, as the number of that turn.
  std::map<std::string, int64_t> last_turns_;
  int64_t turns_ = 0;
  // Each login in flight is counted once.
  int seen_in_flight_ = 0;
  int proved_in_flight_ = 0;
  int unproved_in_flight_ = 0;
  LoginDebt debt_;
};

}  // namespace gitsync

#endif  // GITSYNC_SERVER_GIT_TRANSPORT_LOGIN_RATION_H_
