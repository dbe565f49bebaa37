#ifndef GITSYNC_SERVER_NET_LISTENER_H_
#define GITSYNC_SERVER_NET_LISTENER_H_

#include <sys/types.h>

#include <functional>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "server/net/unique_fd.h"

namespace gitsync {

// Accepts TCP connections for whoever serves them, on its own thread, and limits their
// number.
//
// A connection over the limit is closed at once: one that exceeds `max_connections`, or
// one that would take a descriptor reserved for the store and for git (open_files.h).
// While the system has no descriptors left, connections wait in its queue, and are
// accepted as soon as it has some again.
class Listener {
 public:
  // Takes over an accepted, non-blocking connection. `listener_fd` is the socket that
  // accepted it. Must not block.
  using Take = std::function<void(UniqueFd connection, int listener_fd)>;

  // Listens on `address`, HOST:PORT (an IPv6 host in brackets), on each of the host's
  // addresses. Connections wait until Start. Blocks to resolve a name.
  //
  // INVALID_ARGUMENT or FAILED_PRECONDITION, bare, saying for the operator what is
  // wrong.
  static absl::StatusOr<std::unique_ptr<Listener>> Listen(const std::string& address,
                                                          int max_connections);

  // Stops.
  ~Listener();

  int port() const { return port_; }

  // Starts accepting.
  void Start(Take take);

  // Stops accepting and listening; `take` is no longer called. Existing connections
  // continue. Blocks until that is done; repeated calls are harmless.
  void Stop();

 private:
  // A connection that was handed over. `socket` tells it from whatever may get its
  // descriptor number later.
  struct Connection {
    int fd;
    ino_t socket;
  };

  Listener(UniqueFd stop, int max_connections)
      : stop_(std::move(stop)), max_connections_(max_connections) {}

  absl::Status Bind(const std::string& address);
  void Work();
  // Accepts the connections that wait at a socket; false if the system has no
  // descriptors left.
  bool AcceptAll(int listener_fd);
  bool HasRoomFor(const UniqueFd& connection);
  void ForgetClosed();
  // Waits until a socket has connections or, unless `for_connections`, for a short
  // pause. Returns false once stopped.
  bool Wait(bool for_connections);

  UniqueFd stop_;  // readable after Stop
  const int max_connections_;
  std::vector<UniqueFd> sockets_;
  int port_ = 0;
  Take take_;
  // Used only by the thread.
  std::vector<Connection> connections_;
  absl::Time looked_for_closed_ = absl::InfinitePast();
  bool full_ = false;
  std::thread thread_;
};

}  // namespace gitsync

#endif  // GITSYNC_SERVER_NET_LISTENER_H_
