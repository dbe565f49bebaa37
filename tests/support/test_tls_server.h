// A server that answers byte by byte as a test specifies, over TLS or plain.

#ifndef GITSYNC_TESTS_SUPPORT_TEST_TLS_SERVER_H_
#define GITSYNC_TESTS_SUPPORT_TEST_TLS_SERVER_H_

#include <openssl/ssl.h>

#include <functional>
#include <list>
#include <memory>
#include <string>
#include <thread>

#include "absl/strings/string_view.h"
#include "absl/synchronization/mutex.h"
#include "tests/support/test_ca.h"

namespace gitsync {

// One accepted connection. Operations that fail because the peer is gone fail silently.
class TestConnection {
 public:
  virtual ~TestConnection() = default;

  // Reads a request's head, up to the empty line; less if the client closes earlier.
  std::string ReadHead();
  // Reads bytes of a body; fewer if the client closes earlier.
  std::string ReadBytes(size_t size);
  void Send(absl::string_view bytes);
  // Sends a whole answer: "200 OK", header lines that end in "\r\n", and a body, whose
  // length is announced.
  void Answer(absl::string_view status, absl::string_view headers,
              absl::string_view body);
  // Returns when the client has closed the connection.
  void WaitForClose();
  // Connects to a port of the loopback, and forwards bytes both ways until one side
  // closes.
  void Tunnel(int port);

 protected:
  virtual int ReadSome(char* buffer, int size) = 0;
  virtual int WriteSome(const char* buffer, int size) = 0;
  virtual int fd() const = 0;

 private:
  std::string pending_;
};

struct TestTlsOptions {
  TestCertificate certificate;  // empty for no TLS
  int max_version = 0;          // TLS1_VERSION; 0: the newest
};

// Listens on a port of 127.0.0.1 and handles each connection on its own thread.
class TestTlsServer {
 public:
  using Handler = std::function<void(TestConnection&)>;

  TestTlsServer(TestTlsOptions options, Handler handler);
  // Closes the open connections, and waits for the handlers.
  ~TestTlsServer();

  int port() const { return port_; }
  // Returns everything that clients sent, inside TLS.
  std::string Received() const;
  // Returns the number of connections accepted so far.
  int Connections() const;
  // Returns when no connection is open.
  void WaitForEnds() const;

 private:
  class Connection;

  void Accept();
  void Serve(int fd);

  const Handler handler_;
  std::unique_ptr<SSL_CTX, void (*)(SSL_CTX*)> context_;
  int listener_ = -1;
  int port_ = 0;
  mutable absl::Mutex mutex_;
  bool stopping_ ABSL_GUARDED_BY(mutex_) = false;
  std::string received_ ABSL_GUARDED_BY(mutex_);
  std::list<int> open_ ABSL_GUARDED_BY(mutex_);
  int connections_ ABSL_GUARDED_BY(mutex_) = 0;
  std::list<std::thread> handlers_ ABSL_GUARDED_BY(mutex_);
  std::thread acceptor_;
};

}  // namespace gitsync

#endif  // GITSYNC_TESTS_SUPPORT_TEST_TLS_SERVER_H_
