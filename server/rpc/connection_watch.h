#ifndef GITSYNC_SERVER_RPC_CONNECTION_WATCH_H_
#define GITSYNC_SERVER_RPC_CONNECTION_WATCH_H_

#include <sys/types.h>

#include <cstdint>
#include <map>
#include <string>
#include <thread>
#include <vector>

#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"
#include "server/rpc/stream_debt.h"

namespace gitsync {

// Cuts connections that begin calls faster than they can be read, and gives the memory
// that they took back to the system. gRPC 1.51 keeps some 20 KB for each stream until
// its call has ended, and has no limit of those that a client begins and resets.
//
// gRPC counts each connection's streams and messages (channelz). A thread reads those
// of the connections that send, every few milliseconds; StreamDebt judges.
class ConnectionWatch {
 public:
  // For the gRPC server of this process that was built last.
  ConnectionWatch();
  // Stops.
  ~ConnectionWatch();

  // Watches a connection that gRPC is about to get. To be called before that, with its
  // descriptor, which remains the caller's: that it was closed is found out. Does not
  // block.
  void Add(int fd);

  // Watches no more. Blocks until the thread has ended; repeating is harmless.
  void Stop();

  // Lets gRPC read the end of every connection, so that it closes them all, and blocks
  // until it has, for at most `limit`. To be called after Stop.
  void HangUp(absl::Duration limit);

 private:
  struct Connection {
    int fd;
    ino_t socket;
    std::string peer;        // as gRPC names it
    intptr_t channelz = 0;   // gRPC's number for it; 0: not known yet
    int64_t received = 0;    // bytes, when it was looked at last
    absl::Time received_at;  // when that was last seen to have grown
    absl::Time counted_at;   // when its counts were read last
    StreamCounts counts;
    StreamDebt debt;
  };

  void Work();
  // Looks at every connection once; cuts those that are too far ahead.
  void Look(absl::Time now);
  // Brings what is known of it up to date; false if it is no more.
  bool Refresh(absl::Time now, Connection& connection);
  void ReadCounts(absl::Time now, int64_t bytes, Connection& connection);
  // Asks gRPC for its numbers of connections that are new.
  void FindNewSockets();
  void Cut(absl::Time now, const Connection& connection);
  // Gives memory back, and logs, some time after the last cut.
  void FinishStorm(absl::Time now);

  absl::Mutex mutex_;
  bool stopping_ ABSL_GUARDED_BY(mutex_) = false;
  std::vector<Connection> added_ ABSL_GUARDED_BY(mutex_);

  // Of the thread.
  std::vector<Connection> connections_;
  std::map<std::string, intptr_t> sockets_;  // of peers whose connection is not known
  const intptr_t server_;
  intptr_t next_socket_ = 0;
  absl::Time rescanned_at_;  // when all sockets were asked for again
  int64_t cut_connections_ = 0;
  int64_t cut_streams_ = 0;
  // When memory was last taken that may be given back.
  absl::Time calm_since_;
  absl::Duration trim_after_;        // from then; zero: there is none
  int64_t received_since_trim_ = 0;  // bytes
  std::thread thread_;
};

}  // namespace gitsync

#endif  // GITSYNC_SERVER_RPC_CONNECTION_WATCH_H_
