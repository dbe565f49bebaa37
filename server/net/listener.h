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

// Accepts TCP connections for whoever serves them, on a thread of its own, and never
// more at a time than there is room for.
//
// One too many is closed at once: one more than `max_connections`, or one that would
// take a descriptor that is kept for the store and for git (open_files.h). While the
// system has no descriptor to give, connections wait in its queue, and are accepted as
// soon as it has.
class Listener {
 public:
  // Takes over an accepted connection, which does not block. `listener_fd` is the
  // socket that it came by. Must not block.
  using Take = std::function<void(UniqueFd connection, int listener_fd)>;

  // Listens on `address`, HOST:PORT (an IPv6 host in brackets): on each address that
  // the host has. Connections wait until Start. Blocks to resolve a name.
  //
  // INVALID_ARGUMENT or FAILED_PRECONDITION, bare, for the operator: what is wrong.
  static absl::StatusOr<std::unique_ptr<Listener>> Listen(const std::string& address,
                                                          int max_connections);

  // Stops.
  ~Listener();

  int port() const { return port_; }

  // Begins to accept.
  void Start(Take take);

  // Accepts no more, and stops listening: `take` is not called any more. Connections
  // go on. Blocks until then; repeating is harmless.
  void Stop();

 private:
  // A connection that was handed over, told from whatever may get its descriptor later.
  struct Connection {
    int fd;
    ino_t socket;
  };

  Listener(UniqueFd stop, int max_connections)
      : stop_(std::move(stop)), max_connections_(max_connections) {}

  absl::Status Bind(const std::string& address);
  void Work();
  // Accepts what waits at a socket; false if the system has no descriptors left.
  bool AcceptAll(int listener_fd);
  bool HasRoomFor(const UniqueFd& connection);
  void ForgetClosed();
  // Waits until a socket has connections, or, if not `for_connections`, a moment;
  // false once stopped.
  bool Wait(bool for_connections);

  UniqueFd stop_;  // readable once stopped
  const int max_connections_;
  std::vector<UniqueFd> sockets_;
  int port_ = 0;
  Take take_;
  // Of the thread.
  std::vector<Connection> connections_;
  absl::Time looked_for_closed_ = absl::InfinitePast();
  bool full_ = false;
  std::thread thread_;
};

}  // namespace gitsync

#endif  // GITSYNC_SERVER_NET_LISTENER_H_
