#ifndef GITSYNC_SERVER_RPC_CONNECTION_CONNECTION_WATCH_H_
#define GITSYNC_SERVER_RPC_CONNECTION_CONNECTION_WATCH_H_

#include <sys/types.h>

#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <thread>
#include <vector>

#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"
#include "server/net/unique_fd.h"
#include "server/rpc/connection/connection_throttle.h"
#include "server/rpc/connection/peer.h"
#include "server/rpc/connection/stream_debt.h"

namespace gitsync {

// Cuts connections that begin calls faster than they can be read, and gives the memory
// that they took back to the system. gRPC 1.51 keeps some 20 KB for each stream until
// its call has ended, and does not limit the streams that a client begins and resets.
//
// gRPC counts each connection's streams and messages (channelz). Every few
// milliseconds, a thread reads the counts of the connections that send, and StreamDebt
// judges them.
class ConnectionWatch {
 public:
  // Gives a connection to gRPC, which may read from it at once, but does not wait for
  // data. May be called on any thread.
  using ServeConnection = std::function<void(UniqueFd connection, int listener_fd)>;

  // Watches the gRPC server of this process that was built last.
  explicit ConnectionWatch(ServeConnection serve);
  // Stops.
  ~ConnectionWatch();

  // Watches an accepted connection, and has it served: at once, or later if connections
  // from the same source were cut. Does not block.
  void Take(UniqueFd connection, int listener_fd);

  // Stops watching, and closes the waiting connections. Blocks until the threads have
  // ended. Calling it again is harmless.
  void Stop();

  // Lets gRPC read the end of every connection, so that it closes them all. Blocks
  // until it has, for at most `limit`. Call after Stop.
  void HangUp(absl::Duration limit);

 private:
  struct Connection {
    int fd;  // owned by gRPC; its closing is detected
    ino_t socket;
    Peer peer;
    intptr_t channelz = 0;   // gRPC's number for it; 0: not known yet
    int64_t received = 0;    // bytes, at the last look
    absl::Time received_at;  // when `received` was last seen to grow
    absl::Time counted_at;   // when its counts were last read
    StreamCounts counts;
    StreamDebt debt;
    bool begins_more = false;  // than at the last look
  };

  void Work();
  // Has its own thread, as gRPC also reads from a connection that it is given.
  void ServeWhoWaits();
  // Has a connection served, and watches it from now on.
  void Serve(NewConnection connection);
  // Looks at every connection once, and cuts those that are too far ahead.
  void Look(absl::Time now);
  // Cuts the connections with the highest `of` until the sum of all is at most `limit`.
  // Returns the share of `limit` that is left in use.
  double CutDownTo(double limit, double (StreamDebt::*of)() const, absl::Time now);
  // Updates what is known about the connection; false if it no longer exists.
  bool Refresh(absl::Time now, Connection& connection);
  void ReadCounts(absl::Time now, int64_t bytes, Connection& connection);
  // Asks gRPC for the numbers of new connections.
  void FindNewSockets();
  void Cut(absl::Time now, const Connection& connection);
  // Schedules memory to be given back once it has been calm.
  void TrimLater(absl::Time now);
  // Gives memory back, and logs, some time after the last cut.
  void FinishStorm(absl::Time now);

  absl::Mutex mutex_;
  bool stopping_ ABSL_GUARDED_BY(mutex_) = false;
  std::vector<Connection> added_ ABSL_GUARDED_BY(mutex_);
  ConnectionThrottle throttle_ ABSL_GUARDED_BY(mutex_);

  const ServeConnection serve_;
  const intptr_t server_;

  // Used only by the watching thread.
  std::vector<Connection> connections_;
  // gRPC's numbers by peer: those of unknown connections, and of some known ones, as
  // the last sockets are listed again.
  std::map<std::string, intptr_t> sockets_;
  intptr_t next_socket_ = 0;
  bool sockets_listed_ = false;  // during this look
  absl::Time rescanned_at_;      // when all sockets were last listed again
  bool urgent_ = false;          // whether connections are cut, or soon will be
  // The maxima of a single connection between the last two looks.
  int64_t most_received_ = 0;  // bytes
  int64_t most_begun_ = 0;     // streams
  absl::Time storm_began_;
  int64_t cut_connections_ = 0;  // in this storm, or since the last log line
  int64_t cut_streams_ = 0;
  // When memory was last taken that may be given back.
  absl::Time calm_since_;
  absl::Time trimmed_at_;            // when memory was last given back, or became due
  absl::Duration trim_after_;        // after `calm_since_`; zero: nothing to trim
  int64_t received_since_trim_ = 0;  // bytes
  std::thread watching_;
  std::thread serving_;
};

}  // namespace gitsync

#endif  // GITSYNC_SERVER_RPC_CONNECTION_CONNECTION_WATCH_H_
