#include "tests/support/tcp_proxy.h"

#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <utility>

#include "absl/time/clock.h"

namespace gitsync {
namespace {

sockaddr_in Loopback(int port) {
  sockaddr_in address = {};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  address.sin_port = htons(static_cast<uint16_t>(port));
  return address;
}

bool SendAll(int fd, const char* data, size_t size) {
  while (size > 0) {
    const ssize_t sent = send(fd, data, size, MSG_NOSIGNAL);
    if (sent <= 0) return false;
    data += sent;
    size -= static_cast<size_t>(sent);
  }
  return true;
}

// Makes the next close a reset.
void ResetOnClose(int fd) {
  const linger now = {1, 0};
  setsockopt(fd, SOL_SOCKET, SO_LINGER, &now, sizeof(now));
}

}  // namespace

TcpProxy::TcpProxy(int server_port, Pace pace)
    : server_port_(server_port),
      pace_(pace),
      listener_(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
  sockaddr_in address = Loopback(0);
  EXPECT_EQ(bind(listener_, reinterpret_cast<sockaddr*>(&address), sizeof(address)), 0);
  EXPECT_EQ(listen(listener_, 64), 0);
  socklen_t size = sizeof(address);
  getsockname(listener_, reinterpret_cast<sockaddr*>(&address), &size);
  port_ = ntohs(address.sin_port);
  thread_ = std::thread([this] { Accept(); });
}

TcpProxy::~TcpProxy() {
  shutdown(listener_, SHUT_RDWR);
  thread_.join();
  close(listener_);
  EndAll();
  std::vector<std::thread> connections;
  {
    absl::MutexLock lock(&mutex_);
    connections = std::exchange(connections_, {});
  }
  for (std::thread& connection : connections) connection.join();
}

void TcpProxy::CutNext(const Cut& cut) {
  absl::MutexLock lock(&mutex_);
  EndAllLocked();
  next_cut_ = cut;
}

void TcpProxy::EndAll() {
  absl::MutexLock lock(&mutex_);
  EndAllLocked();
  next_cut_.reset();
}

void TcpProxy::EndAllLocked() {
  for (const int client : open_) shutdown(client, SHUT_RDWR);
}

void TcpProxy::Accept() {
  while (true) {
    const int client = accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC);
    if (client < 0) return;
    ++connections_made_;
    const int server = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    const sockaddr_in address = Loopback(server_port_);
    if (connect(server, reinterpret_cast<const sockaddr*>(&address), sizeof(address)) !=
        0) {
      close(client);
      close(server);
      continue;
    }
    const int on = 1;
    for (const int fd : {client, server}) {
      setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
    }
    absl::MutexLock lock(&mutex_);
    open_.insert(client);
    connections_.emplace_back(
        [this, client, server, cut = std::exchange(next_cut_, std::nullopt)] {
          Serve({client, server}, cut);
        });
  }
}

void TcpProxy::Serve(Sides sides, std::optional<Cut> cut) {
  bool stalled = false;
  while (true) {
    // On a stalled connection, only the client's end is noticed.
    const auto events = static_cast<short>(stalled ? 0 : POLLIN);
    pollfd fds[2] = {{sides.client, static_cast<short>(events | POLLRDHUP), 0},
                     {sides.server, events, 0}};
    if (poll(fds, 2, -1) < 0) break;
    if (stalled && fds[0].revents != 0) break;
    if (!stalled && fds[0].revents != 0 &&
        !Pass(sides.client, sides.server, true, cut, stalled)) {
      break;
    }
    if (!stalled && fds[1].revents != 0 &&
        !Pass(sides.server, sides.client, false, cut, stalled)) {
      break;
    }
    if (stalled && fds[1].revents != 0 && sides.server >= 0) {
      close(std::exchange(sides.server, -1));
    }
  }
  absl::MutexLock lock(&mutex_);
  open_.erase(sides.client);
  close(sides.client);
  if (sides.server >= 0) close(sides.server);
}

bool TcpProxy::SendPaced(int fd, const char* data, size_t size) const {
  if (pace_.bytes == 0) return SendAll(fd, data, size);
  while (size > 0) {
    const size_t piece = std::min(size, pace_.bytes);
    if (!SendAll(fd, data, piece)) return false;
    absl::SleepFor(pace_.pause);
    data += piece;
    size -= piece;
  }
  return true;
}

bool TcpProxy::Pass(int from, int to, bool to_server, std::optional<Cut>& cut,
                    bool& stalled) {
  char buffer[16384];
  const ssize_t got = recv(from, buffer, sizeof(buffer), 0);
  if (got <= 0) return false;
  const auto size = static_cast<size_t>(got);
  if (!cut.has_value() || cut->to_server != to_server) {
    return to_server ? SendAll(to, buffer, size) : SendPaced(to, buffer, size);
  }
  const size_t count = std::min(size, cut->after_bytes);
  cut->after_bytes -= count;
  if (!SendAll(to, buffer, count)) return false;
  if (count == size) return true;
  if (cut->kind == CutKind::kStall) {
    stalled = true;
    return true;
  }
  if (cut->kind == CutKind::kReset) {
    ResetOnClose(from);
    ResetOnClose(to);
  }
  return false;
}

}  // namespace gitsync
