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
  int listener_fd = -1;  // the socket that accepted it; not owned
  Peer peer;
};

// Gives a source whose connections were cut new ones only one at a time: what a cut
// connection left behind takes a while to end, and reconnecting at once would add to it
// without limit. All other connections pass. Not thread-safe.
class ConnectionThrottle {
 public:
  // The shortest time between two connections of a source that had one cut, and the
  // time after its last cut until it is trusted again.
  static constexpr absl::Duration kPause = absl::Milliseconds(500);
  static constexpr absl::Duration kForgottenAfter = absl::Seconds(10);
  // The most waiting connections of a source; further ones are closed.
  static constexpr size_t kMaxWaiting = 100;

  // Returns the connection if it may be served at once, else keeps or closes it.
  std::optional<NewConnection> Add(absl::Time now, NewConnection connection);
  // Records that a connection of `source` was cut.
  void Punish(absl::Time now, const std::string& source);
  // The connections that may be served now.
  std::vector<NewConnection> TakeDue(absl::Time now);

  // Whether TakeDue has nothing to do, now or later.
  bool IsEmpty() const { return sources_.empty(); }

 private:
  struct Source {
    absl::Time next;  // when the next connection may be served
    absl::Time cut_at;
    std::deque<NewConnection> waiting;
  };

  std::map<std::string, Source> sources_;  // the untrusted ones
};

}  // namespace gitsync

#endif  // GITSYNC_SERVER_RPC_CONNECTION_CONNECTION_THROTTLE_H_
