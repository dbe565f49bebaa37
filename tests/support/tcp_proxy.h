#ifndef GITSYNC_TESTS_SUPPORT_TCP_PROXY_H_
#define GITSYNC_TESTS_SUPPORT_TCP_PROXY_H_

#include <atomic>
#include <cstddef>
#include <optional>
#include <set>
#include <thread>
#include <vector>

#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"

namespace gitsync {

// Forwards connections from one loopback port to another, and cuts them. Thread-safe.
class TcpProxy {
 public:
  // What happens to a connection: both sides see its end, a reset, or nothing more.
  enum class CutKind { kEnd, kReset, kStall };
  struct Cut {
    bool to_server = false;  // count and hold back bytes to server, else to client
    CutKind kind = CutKind::kEnd;
    size_t after_bytes = 0;
  };

  // How much a slow link delivers to the client at a time, and how long each takes.
  struct Pace {
    size_t bytes = 0;  // 0: everything available
    absl::Duration pause;
  };

  explicit TcpProxy(int server_port, Pace pace);
  explicit TcpProxy(int server_port) : TcpProxy(server_port, Pace()) {}
  // Ends all connections.
  ~TcpProxy();
  TcpProxy(const TcpProxy&) = delete;
  TcpProxy& operator=(const TcpProxy&) = delete;

  int port() const { return port_; }

  // Returns the number of connections so far.
  int Connections() const { return connections_made_; }

  // Ends all connections, and cuts the next one.
  void CutNext(const Cut& cut);
  // Ends all connections; later ones are not cut.
  void EndAll();

 private:
  struct Sides {
    int client;
    int server;
  };

  void Accept();
  bool SendPaced(int fd, const char* data, size_t size) const;
  void Serve(Sides sides, std::optional<Cut> cut);
  // Forwards the available data; false at the end of the connection.
  bool Pass(int from, int to, bool to_server, std::optional<Cut>& cut, bool& stalled);
  void EndAllLocked() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);

  const int server_port_;
  const Pace pace_;
  std::atomic<int> connections_made_ = 0;
  int listener_ = -1;
  int port_ = 0;
  absl::Mutex mutex_;
  std::optional<Cut> next_cut_ ABSL_GUARDED_BY(mutex_);
  std::set<int> open_ ABSL_GUARDED_BY(mutex_);  // clients' sides
  std::vector<std::thread> connections_ ABSL_GUARDED_BY(mutex_);
  std::thread thread_;
};

}  // namespace gitsync

#endif  // GITSYNC_TESTS_SUPPORT_TCP_PROXY_H_
