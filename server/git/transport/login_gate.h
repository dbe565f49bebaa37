// Before an SSH login: whether, and when, it may be tried.
//
// A host may count what it refuses against our address, and then refuses everybody who
// comes from there. So logins to a host are rationed (login_ration.h), a key that was
// refused is not offered again at once (refused_logins.h), and a host that lets nobody
// in is tried by one connection at a time (host_door.h). All of it in memory, for this
// process, by the host and port of the URL.

#ifndef GITSYNC_SERVER_GIT_TRANSPORT_LOGIN_GATE_H_
#define GITSYNC_SERVER_GIT_TRANSPORT_LOGIN_GATE_H_

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"
#include "server/base/context.h"
#include "server/git/transport/host_door.h"
#include "server/git/transport/login_ration.h"
#include "server/git/transport/refused_logins.h"
#include "server/git/transport/remote.h"
#include "server/git/transport/worked_logins.h"

namespace gitsync {

// Keeps which logins are known to work for longer than this process. Thread-safe.
class LoginRecord {
 public:
  virtual ~LoginRecord() = default;

  // The key of the configuration that `remote.circuit` names was accepted, or refused.
  // Both may block on a disk, and log what they can't keep.
  virtual void Worked(const Remote& remote) = 0;
  virtual void Refused(const Remote& remote) = 0;
};

// To which hosts logins are rationed.
enum class LoginRationing {
  kAuto,    // to those whose banner says so (CountsFailedLogins) or that shut us out
  kAlways,  // to all
  kNever,   // to none
};

// Thread-safe.
class LoginGate {
  struct Host;

 public:
  struct Options {
    LoginRationing rationing = LoginRationing::kAuto;
    // How many callers may wait for one host to let us in, or for its ration: each
    // holds a worker. More of them are told at once. Half as many if their key was
    // refused before; any number if it is known to work, while there is room for it and
    // the host logs others in.
    int most_waiting = 16;
    // Null: nothing is kept. Must outlive the gate.
    LoginRecord* record = nullptr;
  };

  // A login that may be tried now, from before its connection is made until it has
  // worked, or its connection has ended: it is charged by how far it came when it is
  // destroyed. Used by one thread at a time; the gate outlives it.
  class Turn {
   public:
    ~Turn() { gate_->End(*this); }
    Turn(const Turn&) = delete;
    Turn& operator=(const Turn&) = delete;

    // The TCP connection was made.
    void Connected() { stage_ = Stage::kConnected; }
    // The host has sent its identification string.
    void Greeted(absl::string_view banner) { gate_->Greeted(*this, banner); }
    // The connection was closed before that. Returns how many the host has greeted so
    // far. `greetings_before` is what this returned for the caller's last connection,
    // if that was closed unheard as well: the host is taken to have shut us out, and
    // nothing is returned, unless it has greeted others since, and so is busy.
    std::optional<int64_t> ClosedUnheard(std::optional<int64_t> greetings_before) {
      return gate_->ClosedUnheard(*this, greetings_before);
    }
    // The key is about to be shown.
    void LoginBegins() { stage_ = Stage::kLoggingIn; }
    // The host refused the login. May block on a disk.
    void Refused(const absl::Status& error) { gate_->Refused(*this, error); }
    // The login worked: its turn is over. May block on a disk.
    void Worked() { gate_->Worked(*this); }

    bool is_connected() const { return stage_ >= Stage::kConnected; }
    bool is_greeted() const { return stage_ >= Stage::kGreeted; }
    bool login_began() const { return stage_ >= Stage::kLoggingIn; }

   private:
    friend class LoginGate;
    // How far it came.
    enum class Stage { kWaiting, kBegun, kConnected, kGreeted, kLoggingIn, kWorked };

    Turn(LoginGate* gate, const Remote& remote, std::string login, Host* host)
        : gate_(gate), remote_(remote), login_(std::move(login)), host_(host) {}

    LoginGate* const gate_;
    const Remote& remote_;
    const std::string login_;
    Host* const host_;
    int64_t number_ = 0;  // in the host's ration
    bool proved_ = false;
    bool trial_ = false;  // tries the host's door
    bool waits_ = false;  // holds one of the places to wait
    Stage stage_ = Stage::kWaiting;
  };

  explicit LoginGate(const Options& options) : options_(options) {}

  // Waits until the login to `remote` may be tried. `login` names it, where the remote
  // has no circuit. Blocks until then, cancellation, or until it is certain that this
  // does not come within the context's deadline. A remote that is to be proved afresh
  // does not wait for a host that has shut us out, and neither does one that nobody
  // attends. `remote` must outlive the turn.
  //
  // Errors, with kNextTryTime but for the last two:
  //   UNAUTHENTICATED     (REMOTE_AUTH_FAILED) as it was refused before.
  //   UNAVAILABLE         (REMOTE_UNREACHABLE) the host has shut us out.
  //   RESOURCE_EXHAUSTED  (REMOTE_RATE_LIMITED) its turn does not come in time.
  //   DEADLINE_EXCEEDED   (REMOTE_TIMEOUT)
  //   CANCELLED           (CANCELLED)
  absl::StatusOr<std::unique_ptr<Turn>> Enter(const Remote& remote,
                                              const std::string& login,
                                              const Context& context);

  // How many wait for the host of `url`.
  int WaitingAt(const GitUrl& url);

 private:
  struct Host {
    HostDoor door;
    LoginRation ration;
    int64_t greetings = 0;
    bool has_shut_us_out = false;
    int turns = 0;    // those that refer to it
    int waiting = 0;  // that hold a place to wait
    absl::Time last_use;
    absl::Time last_login = absl::InfinitePast();  // that worked
    WorkedLogins worked;
  };

  Host& HostOf(const GitUrl& url, absl::Time now) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  absl::Status Await(Turn& turn, const Context& context);
  // Begins the turn if it may; an error if there is no use in waiting.
  absl::Status TryToBegin(Turn& turn, absl::Time now, absl::Time give_up)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  // Whether the turn has, or gets, one of `places` to wait at its host.
  bool TakePlace(Turn& turn, int places) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void Enforce(Host& host, bool counts) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);

  void Greeted(Turn& turn, absl::string_view banner);
  std::optional<int64_t> ClosedUnheard(Turn& turn,
                                       std::optional<int64_t> greetings_before);
  void Refused(Turn& turn, const absl::Status& error);
  void Worked(Turn& turn);
  void End(Turn& turn);
  void Leave(Turn& turn, LoginRation::Cost cost) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);

  const Options options_;
  absl::Mutex mutex_;
  absl::CondVar changed_;
  std::map<std::pair<std::string, int>, Host> hosts_ ABSL_GUARDED_BY(mutex_);
  RefusedLogins refused_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace gitsync

#endif  // GITSYNC_SERVER_GIT_TRANSPORT_LOGIN_GATE_H_
