#include "server/rpc/connection/peer.h"

#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include <string>

#include "absl/strings/str_cat.h"
#include "server/net/unique_fd.h"

namespace gitsync {
namespace {

// The ends of a connection to `target`, an address of this machine, by a socket that
// listens on `local`.
struct Ends {
  UniqueFd client;
  UniqueFd server;
  int client_port = 0;
};

Ends Connect(const char* local, const char* target) {
  sockaddr_in6 address = {};
  address.sin6_family = AF_INET6;
  inet_pton(AF_INET6, local, &address.sin6_addr);
  auto* const any = reinterpret_cast<sockaddr*>(&address);
  socklen_t size = sizeof(address);
  const UniqueFd listener(socket(AF_INET6, SOCK_STREAM | SOCK_CLOEXEC, 0));
  EXPECT_EQ(bind(listener.get(), any, size), 0);
  EXPECT_EQ(listen(listener.get(), 1), 0);
  getsockname(listener.get(), any, &size);
  inet_pton(AF_INET6, target, &address.sin6_addr);
  Ends ends;
  ends.client = UniqueFd(socket(AF_INET6, SOCK_STREAM | SOCK_CLOEXEC, 0));
  EXPECT_EQ(connect(ends.client.get(), any, size), 0);
  ends.server = UniqueFd(accept(listener.get(), nullptr, nullptr));
  getsockname(ends.client.get(), any, &size);
  ends.client_port = ntohs(address.sin6_port);
  return ends;
}

TEST(PeerTest, MappedAddressIsTheIpv4Address) {
  const Ends ends = Connect("::ffff:127.0.0.1", "::ffff:127.0.0.1");

  const Peer peer = PeerOf(ends.server.get());

  EXPECT_EQ(peer.name, absl::StrCat("ipv4:127.0.0.1:", ends.client_port));
  EXPECT_EQ(peer.source, std::string("\x7f\0\0\x01", 4));
}

TEST(PeerTest, SourceOfAnIpv6AddressIsItsNetwork) {
  const UniqueFd probe(socket(AF_INET6, SOCK_STREAM | SOCK_CLOEXEC, 0));
  sockaddr_in6 loopback = {};
  loopback.sin6_family = AF_INET6;
  loopback.sin6_addr = in6addr_loopback;
  if (bind(probe.get(), reinterpret_cast<sockaddr*>(&loopback), sizeof(loopback)) !=
      0) {
    GTEST_SKIP() << "no IPv6 here";
  }
  const Ends ends = Connect("::1", "::1");

  const Peer peer = PeerOf(ends.server.get());

  EXPECT_EQ(peer.name, absl::StrCat("ipv6:%5B::1%5D:", ends.client_port));
  EXPECT_EQ(peer.source, std::string(8, '\0'));
}

TEST(PeerTest, OneThatHasGoneIsNobody) {
  EXPECT_EQ(PeerOf(-1).name, "");
  EXPECT_EQ(PeerOf(-1).source, "");
}

}  // namespace
}  // namespace gitsync
