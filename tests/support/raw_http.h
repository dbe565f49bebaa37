// HTTP over a plain socket, byte by byte as a test specifies.

#ifndef GITSYNC_TESTS_SUPPORT_RAW_HTTP_H_
#define GITSYNC_TESTS_SUPPORT_RAW_HTTP_H_

#include <map>
#include <string>

#include "absl/strings/string_view.h"
#include "absl/time/time.h"

namespace gitsync {

struct HttpAnswer {
  int status = 0;                              // 0: there was no answer
  std::map<std::string, std::string> headers;  // names in lower case
  std::string body;                            // without the framing of chunks
};

// A connection. At the end or after 20 s, a read fails without failing the test.
class RawHttp {
 public:
  // Connects to HOST:PORT of the loopback.
  explicit RawHttp(const std::string& endpoint);
  ~RawHttp();
  RawHttp(RawHttp&& other) noexcept;
  RawHttp(const RawHttp&) = delete;

  // Sends the bytes. Returns whether the other side still accepted them.
  bool Send(absl::string_view bytes);
  // Sends a request that consists only of a head, with a Host header, and reads the
  // answer.
  HttpAnswer Ask(absl::string_view request_line, absl::string_view headers = "");
  // Reads the next answer. `head`: it answers a HEAD request, so it has no body.
  HttpAnswer Read(bool head = false);
  // Reads the next line, including its line end.
  std::string ReadLine();
  // Reads the next `size` bytes; fewer only at the end.
  std::string Take(size_t size);
  // Whether the other side has closed and nothing was left to read. Waits for that.
  bool AtEnd();
  void ShutdownWrite();

 private:
  bool Fill();

  int socket_ = -1;
  std::string buffer_;
};

}  // namespace gitsync

#endif  // GITSYNC_TESTS_SUPPORT_RAW_HTTP_H_
