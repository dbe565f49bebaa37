#include "server/net/address.h"

#include <arpa/inet.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/eventfd.h>

#include <array>
#include <cerrno>
#include <cstdint>
#include <cstring>
#include <memory>
#include <system_error>
#include <thread>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/synchronization/mutex.h"
#include "server/base/error.h"
#include "server/base/open_files.h"
#include "server/base/reason.h"
#include "server/base/status_macros.h"
#include "server/net/wait.h"

namespace gitsync {
namespace {

struct Range4 {
  uint32_t base;
  int bits;
};

constexpr uint32_t Ip4(uint32_t a, uint32_t b, uint32_t c, uint32_t d) {
  return a << 24 | b << 16 | c << 8 | d;
}

// The ranges that IANA's special-purpose registry lists as not globally reachable.
constexpr Range4 kNotPublic4[] = {
    {Ip4(0, 0, 0, 0), 8},      {Ip4(10, 0, 0, 0), 8},     {Ip4(100, 64, 0, 0), 10},
    {Ip4(127, 0, 0, 0), 8},    {Ip4(169, 254, 0, 0), 16}, {Ip4(172, 16, 0, 0), 12},
    {Ip4(192, 0, 0, 0), 24},   {Ip4(192, 0, 2, 0), 24},   {Ip4(192, 88, 99, 0), 24},
    {Ip4(192, 168, 0, 0), 16}, {Ip4(198, 18, 0, 0), 15},  {Ip4(198, 51, 100, 0), 24},
    {Ip4(203, 0, 113, 0), 24}, {Ip4(224, 0, 0, 0), 4},    {Ip4(240, 0, 0, 0), 4},
};

bool IsPublic4(uint32_t address) {
  for (const Range4& range : kNotPublic4) {
    if ((address >> (32 - range.bits)) == (range.base >> (32 - range.bits)))
      return false;
  }
  // A cloud's metadata service that is outside the link-local range.
  return address != Ip4(168, 63, 129, 16);
}

bool IsPublic6(const in6_addr& address) {
  const uint8_t* b = address.s6_addr;
  const auto ip4_at = [&](int i) { return Ip4(b[i], b[i + 1], b[i + 2], b[i + 3]); };
  // NAT64: stands for the IPv4 address in its last four bytes.
  constexpr uint8_t kNat64[12] = {0x00, 0x64, 0xFF, 0x9B};
  if (memcmp(b, kNat64, sizeof(kNat64)) == 0) return IsPublic4(ip4_at(12));
  constexpr uint8_t kMapped[12] = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xFF, 0xFF};
  if (memcmp(b, kMapped, sizeof(kMapped)) == 0) return IsPublic4(ip4_at(12));
  // 6to4: the IPv4 address follows the 16-bit prefix.
  if (b[0] == 0x20 && b[1] == 0x02) return IsPublic4(ip4_at(2));
  // Only global unicast, 2000::/3, remains. It contains no loopback, link-local, unique
  // local, multicast or IPv4-compatible addresses.
  if ((b[0] & 0xE0) != 0x20) return false;
  // 2001::/23 is reserved for protocols (such as Teredo), 2001:db8::/32 and 3fff::/20
  // for documentation.
  if (b[0] == 0x20 && b[1] == 0x01) {
    if ((b[2] & 0xFE) == 0) return false;
    if (b[2] == 0x0D && b[3] == 0xB8) return false;
  }
  return !(b[0] == 0x3F && b[1] == 0xFF && (b[2] & 0xF0) == 0);
}

// A lookup that may outlive its caller, because getaddrinfo can't be stopped.
struct Lookup {
  std::string host;
  std::string port;
  UniqueFd done;
  absl::Mutex mutex;
  int error ABSL_GUARDED_BY(mutex) = 0;
  std::vector<SocketAddress> found ABSL_GUARDED_BY(mutex);
};

int LookUp(const std::string& host, const std::string& port, int flags,
           std::vector<SocketAddress>* found) {
  addrinfo hints = {};
  hints.ai_socktype = SOCK_STREAM;
  hints.ai_flags = flags | AI_NUMERICSERV;
  addrinfo* list = nullptr;
  const int error = getaddrinfo(host.c_str(), port.c_str(), &hints, &list);
  if (error != 0) return error;
  for (const addrinfo* info = list; info != nullptr; info = info->ai_next) {
    if (info->ai_addrlen > sizeof(sockaddr_storage)) continue;
    SocketAddress address;
    memcpy(&address.storage, info->ai_addr, info->ai_addrlen);
    address.size = info->ai_addrlen;
    found->push_back(address);
  }
  freeaddrinfo(list);
  return 0;
}

absl::StatusOr<std::vector<SocketAddress>> LookUpWithin(const std::string& host,
                                                        const std::string& port,
                                                        const Context& context) {
  auto lookup = std::make_shared<Lookup>();
  lookup->host = host;
  lookup->port = port;
  lookup->done = UniqueFd(eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK));
  if (lookup->done.get() < 0) return InternalError("eventfd");
  try {
    std::thread([lookup] {
      std::vector<SocketAddress> found;
      const int error = LookUp(lookup->host, lookup->port, 0, &found);
      absl::MutexLock lock(&lookup->mutex);
      lookup->error = error;
      lookup->found = std::move(found);
      eventfd_write(lookup->done.get(), 1);
    }).detach();
  } catch (const std::system_error&) {
    return Error(
               absl::StatusCode::kUnavailable, reason::kRemoteUnreachable,
               "The git remote's host could not be looked up now; repeat the request.")
        .ToStatus();
  }
  std::array<pollfd, 1> fds = {{{lookup->done.get(), POLLIN, 0}}};
  RETURN_IF_ERROR(WaitFor(fds, context, absl::InfiniteDuration()));
  absl::MutexLock lock(&lookup->mutex);
  if (lookup->error != 0 || lookup->found.empty()) {
    return Error(absl::StatusCode::kUnavailable, reason::kRemoteUnreachable,
                 absl::StrCat("The host ", host,
                              " could not be found: ", gai_strerror(lookup->error),
                              ". Check the git URL's host."))
        .ToStatus();
  }
  return lookup->found;
}

void TuneSocket(int fd) {
  const int on = 1;
  setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
  setsockopt(fd, SOL_SOCKET, SO_KEEPALIVE, &on, sizeof(on));
  const int idle_seconds = 60;
  const int interval_seconds = 15;
  const int probes = 4;
  setsockopt(fd, IPPROTO_TCP, TCP_KEEPIDLE, &idle_seconds, sizeof(idle_seconds));
  setsockopt(fd, IPPROTO_TCP, TCP_KEEPINTVL, &interval_seconds,
             sizeof(interval_seconds));
  setsockopt(fd, IPPROTO_TCP, TCP_KEEPCNT, &probes, sizeof(probes));
}

absl::StatusOr<UniqueFd> ConnectTo(const SocketAddress& address, absl::Duration timeout,
                                   const Context& context) {
  const auto unreachable = [](int error) -> absl::Status {
    return Error(absl::StatusCode::kUnavailable, reason::kRemoteUnreachable,
                 absl::StrCat("The git remote can't be connected to: ", strerror(error),
                              ". Check the git URL's host and port, then repeat the "
                              "request."));
  };
  UniqueFd fd(socket(address.storage.ss_family,
                     SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, IPPROTO_TCP));
  if (fd.get() < 0) {
    if (IsOutOfFiles(errno)) return OutOfFiles();
    return unreachable(errno);
  }
  TuneSocket(fd.get());
  if (connect(fd.get(), reinterpret_cast<const sockaddr*>(&address.storage),
              address.size) == 0) {
    return fd;
  }
  if (errno != EINPROGRESS) return unreachable(errno);
  std::array<pollfd, 1> fds = {{{fd.get(), POLLOUT, 0}}};
  RETURN_IF_ERROR(WaitFor(fds, context, timeout));
  int error = 0;
  socklen_t size = sizeof(error);
  getsockopt(fd.get(), SOL_SOCKET, SO_ERROR, &error, &size);
  if (error != 0) return unreachable(error);
  return fd;
}

}  // namespace

std::string AddressText(const SocketAddress& address) {
  char text[NI_MAXHOST];
  const int error =
      getnameinfo(reinterpret_cast<const sockaddr*>(&address.storage), address.size,
                  text, sizeof(text), nullptr, 0, NI_NUMERICHOST);
  return error == 0 ? text : "";
}

bool IsPublicAddress(const SocketAddress& address) {
  if (address.storage.ss_family == AF_INET) {
    const auto* v4 = reinterpret_cast<const sockaddr_in*>(&address.storage);
    return IsPublic4(ntohl(v4->sin_addr.s_addr));
  }
  if (address.storage.ss_family == AF_INET6) {
    return IsPublic6(
        reinterpret_cast<const sockaddr_in6*>(&address.storage)->sin6_addr);
  }
  return false;
}

absl::StatusOr<std::vector<SocketAddress>> ResolveHost(const std::string& host,
                                                       int port, bool allow_private,
                                                       const Context& context) {
  RETURN_IF_ERROR(CheckRemoteTime(context));
  std::vector<SocketAddress> found;
  const std::string service = absl::StrCat(port);
  if (LookUp(host, service, AI_NUMERICHOST, &found) != 0) {
    ASSIGN_OR_RETURN(found, LookUpWithin(host, service, context));
  }
  for (const SocketAddress& address : found) {
    if (allow_private || IsPublicAddress(address)) continue;
    return Error(absl::StatusCode::kPermissionDenied, reason::kRemoteAddressRefused,
                 absl::StrCat("The host ", host,
                              " has a loopback, private or otherwise internal address, "
                              "which this server does not connect to. The operator can "
                              "allow it with --allow_private_remotes."))
        .ToStatus();
  }
  return found;
}

absl::StatusOr<UniqueFd> ConnectToAny(const std::vector<SocketAddress>& addresses,
                                      absl::Duration address_timeout,
                                      const Context& context) {
  absl::Status last = InternalError("no address to connect to");
  for (const SocketAddress& address : addresses) {
    absl::StatusOr<UniqueFd> fd = ConnectTo(address, address_timeout, context);
    if (fd.ok()) return fd;
    last = fd.status();
    RETURN_IF_ERROR(CheckRemoteTime(context));
  }
  return last;
}

}  // namespace gitsync
