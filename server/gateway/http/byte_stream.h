// The byte stream of a connection, in the clear or over TLS.

#ifndef GITSYNC_SERVER_GATEWAY_HTTP_BYTE_STREAM_H_
#define GITSYNC_SERVER_GATEWAY_HTTP_BYTE_STREAM_H_

#include <boost/asio/buffer.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ssl/context.hpp>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "server/base/secret.h"

namespace gitsync::gateway {

// The server's TLS identity, and the clients it admits.
struct GatewayTls {
  std::string certificate_chain;  // PEM
  Secret private_key;             // PEM
  std::string client_ca;          // PEM; empty: clients need no certificate
};

// Allows TLS 1.2 and later, with HTTP/1.1 by ALPN. INVALID_ARGUMENT, bare, if the PEM
// is wrong.
absl::StatusOr<std::shared_ptr<boost::asio::ssl::context>> MakeTlsContext(
    const GatewayTls& tls);

// Used by one thread. Handlers run on the socket's io_context, never inside the call
// that received them. One read and one write may be in progress at a time.
class ByteStream {
 public:
  using Handler = std::function<void(boost::system::error_code, size_t)>;

  static std::unique_ptr<ByteStream> Plain(boost::asio::ip::tcp::socket socket);
  static std::unique_ptr<ByteStream> Tls(
      boost::asio::ip::tcp::socket socket,
      const std::shared_ptr<boost::asio::ssl::context>& context);

  virtual ~ByteStream() = default;

  // Performs what precedes the first byte: the TLS handshake, if there is one.
  virtual void Handshake(Handler handler) = 0;
  // Reads or writes at least one byte. The buffers must live until the handler is
  // called.
  virtual void ReadSome(boost::asio::mutable_buffer buffer, Handler handler) = 0;
  virtual void WriteSome(const std::vector<boost::asio::const_buffer>& buffers,
                         Handler handler) = 0;
  // Tells the peer that no more data will follow.
  virtual void ShutdownWrite(Handler handler) = 0;
  // Closes the connection; pending handlers are called with an error.
  virtual void Close() = 0;
};

}  // namespace gitsync::gateway

#endif  // GITSYNC_SERVER_GATEWAY_HTTP_BYTE_STREAM_H_
