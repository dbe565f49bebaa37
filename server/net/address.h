// Gets from a host name to a connected socket, with no way around the address policy.

#ifndef GITSYNC_SERVER_NET_ADDRESS_H_
#define GITSYNC_SERVER_NET_ADDRESS_H_

#include <sys/socket.h>

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "server/base/context.h"
#include "server/net/unique_fd.h"

namespace gitsync {

// An IPv4 or IPv6 address with its port.
struct SocketAddress {
  sockaddr_storage storage = {};
  socklen_t size = 0;
};

// The address without its port; an IPv6 address without brackets.
std::string AddressText(const SocketAddress& address);

// Whether the address is reachable on the public internet: not loopback, link-local,
// private (RFC 1918, unique local), shared (100.64/10), multicast, reserved,
// unspecified, or one of these in an IPv6 form (mapped, compatible, NAT64, 6to4,
// Teredo). Cloud metadata addresses are among these.
bool IsPublicAddress(const SocketAddress& address);

// Resolves a host name or literal address, once. Blocks until it is resolved, the
// context's deadline, or cancellation.
//
// Errors: UNAVAILABLE (REMOTE_UNREACHABLE) if there is no such host; PERMISSION_DENIED
// (REMOTE_ADDRESS_REFUSED) if any of its addresses is not public, unless
// `allow_private`; DEADLINE_EXCEEDED (REMOTE_TIMEOUT); CANCELLED.
absl::StatusOr<std::vector<SocketAddress>> ResolveHost(const std::string& host,
                                                       int port, bool allow_private,
                                                       const Context& context);

// Connects to the first address that answers, trying each for at most
// `address_timeout`. The socket is non-blocking, sends small writes at once, and uses
// keepalive probes.
//
// Errors: UNAVAILABLE (REMOTE_UNREACHABLE), DEADLINE_EXCEEDED (REMOTE_TIMEOUT),
// CANCELLED.
absl::StatusOr<UniqueFd> ConnectToAny(const std::vector<SocketAddress>& addresses,
                                      absl::Duration address_timeout,
                                      const Context& context);

}  // namespace gitsync

#endif  // GITSYNC_SERVER_NET_ADDRESS_H_
