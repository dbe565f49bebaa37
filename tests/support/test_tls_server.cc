#include "tests/support/test_tls_server.h"

#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <openssl/pem.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"

namespace gitsync {
namespace {

using Bio = std::unique_ptr<BIO, int (*)(BIO*)>;

sockaddr_in LoopbackAddress(int port) {
  sockaddr_in address = {};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  address.sin_port = htons(static_cast<uint16_t>(port));
  return address;
}

SSL_CTX* MakeContext(const TestTlsOptions& options) {
  if (options.certificate.certificate.empty()) return nullptr;
  SSL_CTX* const context = SSL_CTX_new(TLS_server_method());
  // Old TLS versions need signatures that are no longer secure.
  SSL_CTX_set_security_level(context, options.max_version == 0 ? 2 : 0);
  SSL_CTX_set_min_proto_version(context, TLS1_VERSION);
  SSL_CTX_set_max_proto_version(context, options.max_version);
  const auto read = [](const std::string& pem) {
    return Bio(BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size())), BIO_free);
  };
  X509* const certificate = PEM_read_bio_X509(
      read(options.certificate.certificate).get(), nullptr, nullptr, nullptr);
  EVP_PKEY* const key = PEM_read_bio_PrivateKey(
      read(options.certificate.private_key).get(), nullptr, nullptr, nullptr);
  EXPECT_EQ(SSL_CTX_use_certificate(context, certificate), 1);
  EXPECT_EQ(SSL_CTX_use_PrivateKey(context, key), 1);
  X509_free(certificate);
  EVP_PKEY_free(key);
  return context;
}

}  // namespace

std::string TestConnection::ReadHead() {
  size_t end;
  while ((end = pending_.find("\r\n\r\n")) == std::string::npos) {
    char buffer[4096];
    const int count = ReadSome(buffer, sizeof(buffer));
    if (count <= 0) return std::exchange(pending_, "");
    pending_.append(buffer, static_cast<size_t>(count));
  }
  const std::string head = pending_.substr(0, end + 4);
  pending_.erase(0, end + 4);
  return head;
}

std::string TestConnection::ReadBytes(size_t size) {
  std::string bytes = pending_.substr(0, size);
  pending_.erase(0, bytes.size());
  while (bytes.size() < size) {
    char buffer[4096];
    const int count = ReadSome(
        buffer, static_cast<int>(std::min(sizeof(buffer), size - bytes.size())));
    if (count <= 0) break;
    bytes.append(buffer, static_cast<size_t>(count));
  }
  return bytes;
}

void TestConnection::Send(absl::string_view bytes) {
  while (!bytes.empty()) {
    const int count = WriteSome(bytes.data(), static_cast<int>(bytes.size()));
    if (count <= 0) return;
    bytes.remove_prefix(static_cast<size_t>(count));
  }
}

void TestConnection::Answer(absl::string_view status, absl::string_view headers,
                            absl::string_view body) {
  Send(absl::StrCat("HTTP/1.1 ", status, "\r\n", headers,
                    "Content-Length: ", body.size(), "\r\n\r\n", body));
}

void TestConnection::WaitForClose() {
  while (!ReadBytes(4096).empty()) {
  }
}

void TestConnection::Tunnel(int port) {
  const int other = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  const sockaddr_in address = LoopbackAddress(port);
  if (connect(other, reinterpret_cast<const sockaddr*>(&address), sizeof(address)) ==
      0) {
    pollfd polled[] = {{fd(), POLLIN, 0}, {other, POLLIN, 0}};
    while (poll(polled, 2, -1) > 0) {
      char buffer[16 << 10];
      if (polled[0].revents != 0) {
        const ssize_t count = read(fd(), buffer, sizeof(buffer));
        if (count <= 0 || write(other, buffer, static_cast<size_t>(count)) < 0) break;
      }
      if (polled[1].revents != 0) {
        const ssize_t count = read(other, buffer, sizeof(buffer));
        if (count <= 0 || write(fd(), buffer, static_cast<size_t>(count)) < 0) break;
      }
    }
  }
  close(other);
}

class TestTlsServer::Connection : public TestConnection {
 public:
  Connection(TestTlsServer& server, int fd) : server_(server), fd_(fd) {}
  ~Connection() override {
    if (ssl_ != nullptr) SSL_shutdown(ssl_);
    SSL_free(ssl_);
  }

  // Sets up TLS, if the server uses it.
  bool Start() {
    if (server_.context_ == nullptr) return true;
    ssl_ = SSL_new(server_.context_.get());
    SSL_set_fd(ssl_, fd_);
    return SSL_accept(ssl_) == 1;
  }

 protected:
  int ReadSome(char* buffer, int size) override {
    const int count =
        ssl_ != nullptr
            ? SSL_read(ssl_, buffer, size)
            : static_cast<int>(recv(fd_, buffer, static_cast<size_t>(size), 0));
    if (count > 0) {
      absl::MutexLock lock(&server_.mutex_);
      server_.received_.append(buffer, static_cast<size_t>(count));
    }
    return count;
  }

  int WriteSome(const char* buffer, int size) override {
    return ssl_ != nullptr ? SSL_write(ssl_, buffer, size)
                           : static_cast<int>(send(
                                 fd_, buffer, static_cast<size_t>(size), MSG_NOSIGNAL));
  }

  int fd() const override { return fd_; }

 private:
  TestTlsServer& server_;
  const int fd_;
  SSL* ssl_ = nullptr;
};

TestTlsServer::TestTlsServer(TestTlsOptions options, Handler handler)
    : handler_(std::move(handler)), context_(MakeContext(options), SSL_CTX_free) {
  listener_ = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in address = LoopbackAddress(0);
  socklen_t size = sizeof(address);
  EXPECT_EQ(bind(listener_, reinterpret_cast<sockaddr*>(&address), size), 0);
  EXPECT_EQ(listen(listener_, 100), 0);
  getsockname(listener_, reinterpret_cast<sockaddr*>(&address), &size);
  port_ = ntohs(address.sin_port);
  acceptor_ = std::thread([this] { Accept(); });
}

TestTlsServer::~TestTlsServer() {
  {
    absl::MutexLock lock(&mutex_);
    stopping_ = true;
    for (const int fd : open_) shutdown(fd, SHUT_RDWR);
  }
  shutdown(listener_, SHUT_RDWR);
  acceptor_.join();
  close(listener_);
  std::list<std::thread> handlers;
  {
    absl::MutexLock lock(&mutex_);
    handlers.swap(handlers_);
  }
  for (std::thread& thread : handlers) thread.join();
}

std::string TestTlsServer::Received() const {
  absl::MutexLock lock(&mutex_);
  return received_;
}

int TestTlsServer::Connections() const {
  absl::MutexLock lock(&mutex_);
  return connections_;
}

void TestTlsServer::WaitForEnds() const {
  absl::MutexLock lock(&mutex_);
  const auto none_is_open = [this]() ABSL_SHARED_LOCKS_REQUIRED(mutex_) {
    return open_.empty();
  };
  mutex_.Await(absl::Condition(&none_is_open));
}

void TestTlsServer::Accept() {
  while (true) {
    const int fd = accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC);
    if (fd < 0) return;
    absl::MutexLock lock(&mutex_);
    if (stopping_) {
      close(fd);
      return;
    }
    ++connections_;
    open_.push_back(fd);
    handlers_.emplace_back([this, fd] { Serve(fd); });
  }
}

void TestTlsServer::Serve(int fd) {
  {
    Connection connection(*this, fd);
    if (connection.Start()) handler_(connection);
  }
  absl::MutexLock lock(&mutex_);
  close(fd);
  open_.remove(fd);
}

}  // namespace gitsync
