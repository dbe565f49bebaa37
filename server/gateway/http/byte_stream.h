// A connection's bytes, in clear or over TLS.

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

// What the server shows of itself over TLS, and whom it lets in.
struct GatewayTls {
  std::string certificate_chain;  // PEM
  Secret private_key;             // PEM
  std::string client_ca;          // PEM; empty: clients need no certificate
};

// TLS 1.2 and later, HTTP/1.1 by ALPN. INVALID_ARGUMENT, bare, if the PEM is wrong.
absl::StatusOr<std::shared_ptr<boost::asio::ssl::context>> MakeTlsContext(
    const GatewayTls& tls);

// Used by one thread. Handlers are called on the socket's io_context, never from
// within the call that took them; one read and one write may be in progress at a time.
class ByteStream {
 public:
  using Handler = std::function<void(boost::system::error_code, size_t)>;

  static std::unique_ptr<ByteStream> Plain(boost::asio::ip::tcp::socket socket);
  static std::unique_ptr<ByteStream> Tls(
      boost::asio::ip::tcp::socket socket,
      const std::shared_ptr<boost::asio::ssl::context>& context);

  virtual ~ByteStream() = default;

  // Does what comes before the first byte: the TLS handshake, if there is one.
  virtual void Handshake(Handler handler) = 0;
  // Reads or writes at least a byte. The buffers must live until the handler's call.
  virtual void ReadSome(boost::asio::mutable_buffer buffer, Handler handler) = 0;
  virtual void WriteSome(const std::vector<boost::asio::const_buffer>& buffers,
                         Handler handler) = 0;
  // Tells the other side that nothing more will come.
  virtual void ShutdownWrite(Handler handler) = 0;
  // Ends everything; handlers that wait are called with an error.
  virtual void Close() = 0;
};

}  // namespace gitsync::gateway

#endif  // GITSYNC_SERVER_GATEWAY_HTTP_BYTE_STREAM_H_
