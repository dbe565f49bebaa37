#include "server/net/listener.h"

#include <fcntl.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <sys/stat.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <utility>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "server/base/logging.h"
#include "server/base/open_files.h"
#include "server/base/status_macros.h"
#include "server/base/steady_clock.h"

namespace gitsync {
namespace {

constexpr int kBacklog = 1024;
constexpr int kPauseMs = 50;
// The minimum interval between two searches for closed connections.
constexpr absl::Duration kLookInterval = absl::Milliseconds(20);

struct AddressesFree {
  void operator()(addrinfo* list) const { freeaddrinfo(list); }
};
using Addresses = std::unique_ptr<addrinfo, AddressesFree>;

absl::StatusOr<Addresses> Resolve(const std::string& address) {
  const size_t colon = address.rfind(':');
  std::string host = address.substr(0, colon);
  int port = -1;
  if (colon == std::string::npos ||
      !absl::SimpleAtoi(address.substr(colon + 1), &port) || port < 0 || port > 65535) {
    return absl::InvalidArgumentError(absl::StrCat(address, " is not HOST:PORT"));
  }
  if (host.size() > 2 && host.front() == '[' && host.back() == ']') {
    host = host.substr(1, host.size() - 2);
  }
  addrinfo hints = {};
  hints.ai_family = AF_UNSPEC;
  hints.ai_socktype = SOCK_STREAM;
  hints.ai_flags = AI_PASSIVE | AI_NUMERICSERV;
  addrinfo* found = nullptr;
  const int error = getaddrinfo(host.empty() ? nullptr : host.c_str(),
                                absl::StrCat(port).c_str(), &hints, &found);
  if (error != 0) {
    return absl::InvalidArgumentError(
        absl::StrCat("cannot resolve ", host, ": ", gai_strerror(error)));
  }
  return Addresses(found);
}

void SetPort(int port, addrinfo& address) {
  if (address.ai_family == AF_INET6) {
    reinterpret_cast<sockaddr_in6*>(address.ai_addr)->sin6_port =
        htons(static_cast<uint16_t>(port));
  } else {
    reinterpret_cast<sockaddr_in*>(address.ai_addr)->sin_port =
        htons(static_cast<uint16_t>(port));
  }
}

int PortOf(int fd) {
  sockaddr_storage bound = {};
  socklen_t size = sizeof(bound);
  if (getsockname(fd, reinterpret_cast<sockaddr*>(&bound), &size) != 0) return 0;
  return ntohs(bound.ss_family == AF_INET6
                   ? reinterpret_cast<sockaddr_in6*>(&bound)->sin6_port
                   : reinterpret_cast<sockaddr_in*>(&bound)->sin_port);
}

// A listening socket. On failure, it has no descriptor and errno is set.
UniqueFd ListenOn(const addrinfo& address, bool one_of_several) {
  UniqueFd fd(socket(address.ai_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK,
                     IPPROTO_TCP));
  if (fd.get() < 0) return fd;
  const int on = 1;
  setsockopt(fd.get(), SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
  // "[::]" alone accepts IPv4 too.
  const int only_v6 = one_of_several ? 1 : 0;
  if (address.ai_family == AF_INET6) {
    setsockopt(fd.get(), IPPROTO_IPV6, IPV6_V6ONLY, &only_v6, sizeof(only_v6));
  }
  if (bind(fd.get(), address.ai_addr, address.ai_addrlen) != 0 ||
      listen(fd.get(), kBacklog) != 0) {
    const int error = errno;
    fd.Close();
    errno = error;
  }
  return fd;
}

}  // namespace

absl::StatusOr<std::unique_ptr<Listener>> Listener::Listen(const std::string& address,
                                                           int max_connections) {
  UniqueFd stop(eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK));
  if (stop.get() < 0) {
    return absl::FailedPreconditionError(
        absl::StrCat("cannot listen on ", address, ": ", strerror(errno)));
  }
  std::unique_ptr<Listener> listener(new Listener(std::move(stop), max_connections));
  RETURN_IF_ERROR(listener->Bind(address));
  return listener;
}

Listener::~Listener() { Stop(); }

absl::Status Listener::Bind(const std::string& address) {
  ASSIGN_OR_RETURN(const Addresses addresses, Resolve(address));
  const bool several = addresses->ai_next != nullptr;
  int error = 0;
  for (addrinfo* one = addresses.get(); one != nullptr; one = one->ai_next) {
    // All sockets get the port that the first one got.
    if (port_ != 0) SetPort(port_, *one);
    UniqueFd fd = ListenOn(*one, several);
    if (fd.get() >= 0) {
      port_ = PortOf(fd.get());
      sockets_.push_back(std::move(fd));
    } else if (error != EADDRINUSE) {
      error = errno;
    }
  }
  // A name may have addresses of a family that this machine does not use.
  if (!sockets_.empty() && error != EADDRINUSE) return absl::OkStatus();
  return absl::FailedPreconditionError(
      absl::StrCat("cannot listen on ", address, ": ", strerror(error)));
}

void Listener::Start(Take take) {
  take_ = std::move(take);
  thread_ = std::thread([this] { Work(); });
}

void Listener::Stop() {
  eventfd_write(stop_.get(), 1);
  if (thread_.joinable()) thread_.join();
  sockets_.clear();
}

void Listener::Work() {
  bool can_accept = true;
  while (Wait(can_accept)) {
    bool accepted = true;
    for (const UniqueFd& socket : sockets_) {
      accepted = AcceptAll(socket.get()) && accepted;
    }
    if (can_accept && !accepted) {
      Log(LogLevel::kWarning, "connections wait for file descriptors");
    }
    can_accept = accepted;
  }
}

bool Listener::Wait(bool for_connections) {
  std::vector<pollfd> fds = {{stop_.get(), POLLIN, 0}};
  if (for_connections) {
    for (const UniqueFd& socket : sockets_) fds.push_back({socket.get(), POLLIN, 0});
  }
  poll(fds.data(), fds.size(), for_connections ? -1 : kPauseMs);
  return fds[0].revents == 0;
}

bool Listener::AcceptAll(int listener_fd) {
  while (true) {
    UniqueFd connection(
        accept4(listener_fd, nullptr, nullptr, SOCK_CLOEXEC | SOCK_NONBLOCK));
    if (connection.get() < 0) {
      // This connection was reset before it was accepted; others may be queued behind
      // it.
      if (errno == ECONNABORTED || errno == EINTR || errno == EPROTO) continue;
      return errno != ENOBUFS && errno != ENOMEM && !IsOutOfFiles(errno);
    }
    struct stat status = {};
    if (!HasRoomFor(connection) || fstat(connection.get(), &status) != 0) continue;
    const int on = 1;
    setsockopt(connection.get(), IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
    connections_.push_back({connection.get(), status.st_ino});
    take_(std::move(connection), listener_fd);
  }
}

bool Listener::HasRoomFor(const UniqueFd& connection) {
  const size_t most = static_cast<size_t>(max_connections_);
  if (connections_.size() >= most) ForgetClosed();
  const bool full = connections_.size() >= most || !IsForCallers(connection.get());
  if (full && !full_) {
    Log(LogLevel::kWarning, "connections are refused: there are too many",
        {{"connections", static_cast<int64_t>(connections_.size())},
         {"max_connections", max_connections_}});
  }
  full_ = full;
  return !full;
}

// Whoever serves a connection closes its descriptor; the number is then unused or names
// another file. Checking takes one system call for each connection. It does not use
// fstat, which ThreadSanitizer treats as a use of a descriptor that another thread may
// be closing, and that is exactly the question here.
void Listener::ForgetClosed() {
  if (SteadyNow() < looked_for_closed_ + kLookInterval) return;
  looked_for_closed_ = SteadyNow();
  const auto closed = [](const Connection& connection) {
    struct statx status = {};
    return statx(connection.fd, "", AT_EMPTY_PATH, STATX_TYPE | STATX_INO, &status) !=
               0 ||
           !S_ISSOCK(status.stx_mode) || status.stx_ino != connection.socket;
  };
  connections_.erase(std::remove_if(connections_.begin(), connections_.end(), closed),
                     connections_.end());
}

}  // namespace gitsync
