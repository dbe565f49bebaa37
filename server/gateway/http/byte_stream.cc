#include "server/gateway/http/byte_stream.h"

#include <openssl/ssl.h>

#include <boost/asio/post.hpp>
#include <boost/asio/ssl/stream.hpp>
#include <cstring>
#include <utility>

#include "absl/strings/str_cat.h"

namespace gitsync::gateway {
namespace {

namespace asio = boost::asio;
using boost::system::error_code;
using tcp = asio::ip::tcp;

void CloseSocket(tcp::socket& socket) {
  error_code ignored;
  socket.close(ignored);
}

class PlainStream : public ByteStream {
 public:
  explicit PlainStream(tcp::socket socket) : socket_(std::move(socket)) {}

  void Handshake(Handler handler) override {
    asio::post(socket_.get_executor(),
               [handler = std::move(handler)] { handler(error_code(), 0); });
  }
  void ReadSome(asio::mutable_buffer buffer, Handler handler) override {
    socket_.async_read_some(buffer, std::move(handler));
  }
  void WriteSome(const std::vector<asio::const_buffer>& buffers,
                 Handler handler) override {
    socket_.async_write_some(buffers, std::move(handler));
  }
  void ShutdownWrite(Handler handler) override {
    error_code error;
    socket_.shutdown(tcp::socket::shutdown_send, error);
    asio::post(socket_.get_executor(),
               [handler = std::move(handler), error] { handler(error, 0); });
  }
  void Close() override { CloseSocket(socket_); }

 private:
  tcp::socket socket_;
};

class TlsStream : public ByteStream {
 public:
  TlsStream(tcp::socket socket, std::shared_ptr<asio::ssl::context> context)
      : context_(std::move(context)), stream_(std::move(socket), *context_) {}

  void Handshake(Handler handler) override {
    stream_.async_handshake(
        asio::ssl::stream_base::server,
        [handler = std::move(handler)](error_code error) { handler(error, 0); });
  }
  void ReadSome(asio::mutable_buffer buffer, Handler handler) override {
    stream_.async_read_some(buffer, std::move(handler));
  }
  void WriteSome(const std::vector<asio::const_buffer>& buffers,
                 Handler handler) override {
    stream_.async_write_some(buffers, std::move(handler));
  }
  void ShutdownWrite(Handler handler) override {
    stream_.async_shutdown(
        [handler = std::move(handler)](error_code error) { handler(error, 0); });
  }
  void Close() override { CloseSocket(stream_.next_layer()); }

 private:
  const std::shared_ptr<asio::ssl::context> context_;
  asio::ssl::stream<tcp::socket> stream_;
};

int ChooseHttp11(SSL*, const unsigned char** out, unsigned char* out_length,
                 const unsigned char* in, unsigned int in_length, void*) {
  static constexpr unsigned char kProtocols[] = "\x08http/1.1";
  unsigned char* chosen = nullptr;
  if (SSL_select_next_proto(&chosen, out_length, kProtocols, sizeof(kProtocols) - 1, in,
                            in_length) != OPENSSL_NPN_NEGOTIATED) {
    return SSL_TLSEXT_ERR_ALERT_FATAL;
  }
  *out = chosen;
  return SSL_TLSEXT_ERR_OK;
}

}  // namespace

absl::StatusOr<std::shared_ptr<asio::ssl::context>> MakeTlsContext(
    const GatewayTls& tls) {
  auto context = std::make_shared<asio::ssl::context>(asio::ssl::context::tls_server);
  SSL_CTX* const native = context->native_handle();
  SSL_CTX_set_min_proto_version(native, TLS1_2_VERSION);
  SSL_CTX_set_options(native, SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_COMPRESSION);
  SSL_CTX_set_alpn_select_cb(native, &ChooseHttp11, nullptr);
  error_code error;
  context->use_certificate_chain(asio::buffer(tls.certificate_chain), error);
  if (!error) {
    const absl::string_view key = tls.private_key.Reveal();
    context->use_private_key(asio::buffer(key.data(), key.size()),
                             asio::ssl::context::pem, error);
  }
  if (!error && !tls.client_ca.empty()) {
    context->add_certificate_authority(asio::buffer(tls.client_ca), error);
    SSL_CTX_set_verify(native, SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT,
                       nullptr);
    // Sessions are resumed only in the context in which the client was verified.
    static constexpr unsigned char kSessionContext[] = "gitsync";
    SSL_CTX_set_session_id_context(native, kSessionContext,
                                   sizeof(kSessionContext) - 1);
  }
  if (!error) return context;
  return absl::InvalidArgumentError(absl::StrCat(
      "the certificate, its key or the authorities can't be used: ", error.message()));
}

std::unique_ptr<ByteStream> ByteStream::Plain(tcp::socket socket) {
  return std::make_unique<PlainStream>(std::move(socket));
}

std::unique_ptr<ByteStream> ByteStream::Tls(
    tcp::socket socket, const std::shared_ptr<asio::ssl::context>& context) {
  return std::make_unique<TlsStream>(std::move(socket), context);
}

}  // namespace gitsync::gateway
