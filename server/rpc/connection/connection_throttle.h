#ifndef GITSYNC_SERVER_RPC_CONNECTION_CONNECTION_THROTTLE_H_
#define GITSYNC_SERVER_RPC_CONNECTION_CONNECTION_THROTTLE_H_

#include <cstddef>
#include <deque>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "absl/time/time.h"
#include "server/net/unique_fd.h"
#include "server/rpc/connection/peer.h"

namespace gitsync {

// A connection that was accepted and is not served yet.
struct NewConnection {
  UniqueFd fd;
  int listener_fd = -1;  // the socket that it came by; not owned
  Peer peer;
};

// Lets those whose connections were cut have new ones only one after the other: what a
// connection left behind takes a while to end, and reconnecting at once would add to it
// without limit. All others pass. Not thread-safe.
class ConnectionThrottle {
 public:
  // The least time between two connections of a source that had one cut, and how long
  // after its last cut it is trusted again.
  static constexpr absl::Duration kPause = absl::Milliseconds(500);
  static constexpr absl::Duration kForgottenAfter = absl::Seconds(10);
  // The most of a source that wait; more are closed.
  static constexpr size_t kMaxWaiting = 100;

  // Gives a connection back if it may be served at once, else keeps or closes it.
  std::optional<NewConnection> Add(absl::Time now, NewConnection connection);
  // Takes note of a cut connection of `source`.
  void Punish(absl::Time now, const std::string& source);
  // Those whose turn has come.
  std::vector<NewConnection> TakeDue(absl::Time now);

  // Whether TakeDue has something to do, now or later.
  bool IsEmpty() const { return sources_.empty(); }

 private:
  struct Source {
    absl::Time next;  // when one may be served
    absl::Time cut_at;
    std::deque<NewConnection> waiting;
  };

  std::map<std::string, Source> sources_;  // those that are not trusted
};

}  // namespace gitsync

#endif  // GITSYNC_SERVER_RPC_CONNECTION_CONNECTION_THROTTLE_H_
