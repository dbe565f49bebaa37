#ifndef GITSYNC_SERVER_RPC_CONNECTION_PEER_H_
#define GITSYNC_SERVER_RPC_CONNECTION_PEER_H_

#include <string>

namespace gitsync {

// The other side of a connection. Both are empty if it has gone.
struct Peer {
  // Address and port, as gRPC names them.
  std::string name;
  // Whose connections are taken for one caller's: the IPv4 address, or of an IPv6
  // address the network (/64). Bytes.
  std::string source;
};

Peer PeerOf(int fd);

}  // namespace gitsync

#endif  // GITSYNC_SERVER_RPC_CONNECTION_PEER_H_
