#include "server/rpc/connection/peer.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include <cstring>

#include "absl/strings/str_cat.h"

namespace gitsync {
namespace {

constexpr size_t kIpv6NetworkBytes = 8;

Peer FromIpv4(const in_addr& address, in_port_t port) {
  char text[INET_ADDRSTRLEN] = {};
  inet_ntop(AF_INET, &address, text, sizeof(text));
  return {absl::StrCat("ipv4:", text, ":", ntohs(port)),
          {reinterpret_cast<const char*>(&address), sizeof(address)}};
}

}  // namespace

Peer PeerOf(int fd) {
  sockaddr_storage peer = {};
  socklen_t size = sizeof(peer);
  if (getpeername(fd, reinterpret_cast<sockaddr*>(&peer), &size) != 0) return {};
  if (peer.ss_family == AF_INET) {
    const auto& v4 = reinterpret_cast<const sockaddr_in&>(peer);
    return FromIpv4(v4.sin_addr, v4.sin_port);
  }
  const auto& v6 = reinterpret_cast<const sockaddr_in6&>(peer);
  const auto* bytes = reinterpret_cast<const char*>(&v6.sin6_addr);
  if (IN6_IS_ADDR_V4MAPPED(&v6.sin6_addr)) {
    in_addr v4 = {};
    std::memcpy(&v4, bytes + sizeof(v6.sin6_addr) - sizeof(v4), sizeof(v4));
    return FromIpv4(v4, v6.sin6_port);
  }
  char text[INET6_ADDRSTRLEN] = {};
  inet_ntop(AF_INET6, &v6.sin6_addr, text, sizeof(text));
  const std::string scope =
      v6.sin6_scope_id == 0 ? "" : absl::StrCat("%25", v6.sin6_scope_id);
  return {absl::StrCat("ipv6:%5B", text, scope, "%5D:", ntohs(v6.sin6_port)),
          {bytes, kIpv6NetworkBytes}};
}

}  // namespace gitsync
