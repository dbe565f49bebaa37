#ifndef GITSYNC_SERVER_RPC_CONNECTION_PEER_H_
#define GITSYNC_SERVER_RPC_CONNECTION_PEER_H_

#include <string>

namespace gitsync {

// The other side of a connection. Both fields are empty if it has gone.
struct Peer {
  // Address and port, as gRPC names them.
  std::string name;
  // Connections with the same source count as one caller's. In bytes: the IPv4 address,
  // or the network (/64) of an IPv6 address.
  std::string source;
};

Peer PeerOf(int fd);

}  // namespace gitsync

#endif  // GITSYNC_SERVER_RPC_CONNECTION_PEER_H_
