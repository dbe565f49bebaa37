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
// its call has ended, and has no limit of those that a client begins and resets.
//
// gRPC counts each connection's streams and messages (channelz). A thread reads those
// of the connections that send, every few milliseconds; StreamDebt judges.
class ConnectionWatch {
 public:
  // Gives a connection to gRPC, which may read from it at once, but waits for nothing.
  // May be called on any thread.
  using ServeConnection = std::function<void(UniqueFd connection, int listener_fd)>;

  // For the gRPC server of this process that was built last.
  explicit ConnectionWatch(ServeConnection serve);
  // Stops.
  ~ConnectionWatch();

  // Watches a connection that was accepted, and has it served: at once, or later if it
  // comes from where others came from that were cut. Does not block.
  void Take(UniqueFd connection, int listener_fd);

  // Watches no more, and closes what has to wait. Blocks until the threads have ended;
  // repeating is harmless.
  void Stop();

  // Lets gRPC read the end of every connection, so that it closes them all, and blocks
  // until it has, for at most `limit`. To be called after Stop.
  void HangUp(absl::Duration limit);

 private:
  struct Connection {
    int fd;  // gRPC's: that it was closed is found out
    ino_t socket;
    Peer peer;
    intptr_t channelz = 0;   // gRPC's number for it; 0: not known yet
    int64_t received = 0;    // bytes, when it was looked at last
    absl::Time received_at;  // when that was last seen to have grown
    absl::Time counted_at;   // when its counts were read last
    StreamCounts counts;
    StreamDebt debt;
    bool begins_more = false;  // than when it was looked at before
  };

  void Work();
  // Of a thread of its own, as gRPC also reads from a connection that it is given.
  void ServeWhoWaits();
  // Has a connection served that is watched from now on.
  void Serve(NewConnection connection);
  // Looks at every connection once; cuts those that are too far ahead.
  void Look(absl::Time now);
  // Cuts those with most of what `of` says, until all have no more than `limit`.
  // Returns the share of it that they have then.
  double CutDownTo(double limit, double (StreamDebt::*of)() const, absl::Time now);
  // Brings what is known of it up to date; false if it is no more.
  bool Refresh(absl::Time now, Connection& connection);
  void ReadCounts(absl::Time now, int64_t bytes, Connection& connection);
  // Asks gRPC for its numbers of connections that are new.
  void FindNewSockets();
  void Cut(absl::Time now, const Connection& connection);
  // Has memory given back once it has been calm.
  void TrimLater(absl::Time now);
  // Gives memory back, and logs, some time after the last cut.
  void FinishStorm(absl::Time now);

  absl::Mutex mutex_;
  bool stopping_ ABSL_GUARDED_BY(mutex_) = false;
  std::vector<Connection> added_ ABSL_GUARDED_BY(mutex_);
  ConnectionThrottle throttle_ ABSL_GUARDED_BY(mutex_);

  const ServeConnection serve_;
  const intptr_t server_;

  // Of the thread that watches.
  std::vector<Connection> connections_;
  // gRPC's numbers by peer: of connections that are not known, and of some that are, as
  // the last are listed again.
  std::map<std::string, intptr_t> sockets_;
  intptr_t next_socket_ = 0;
  bool sockets_listed_ = false;  // in this look
  absl::Time rescanned_at_;      // when all sockets were asked for again
  bool urgent_ = false;          // whether connections are cut, or soon will be
  // By one connection between the last two looks.
  int64_t most_received_ = 0;  // bytes
  int64_t most_begun_ = 0;     // streams
  absl::Time storm_began_;
  int64_t cut_connections_ = 0;  // in this storm, or since it was last logged
  int64_t cut_streams_ = 0;
  // When memory was last taken that may be given back.
  absl::Time calm_since_;
  absl::Time trimmed_at_;            // when it was given back last, or became due
  absl::Duration trim_after_;        // from then; zero: there is none
  int64_t received_since_trim_ = 0;  // bytes
  std::thread watching_;
  std::thread serving_;
};

}  // namespace gitsync

#endif  // GITSYNC_SERVER_RPC_CONNECTION_CONNECTION_WATCH_H_
