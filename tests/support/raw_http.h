// HTTP over a plain socket, byte by byte as a test wants it.

#ifndef GITSYNC_TESTS_SUPPORT_RAW_HTTP_H_
#define GITSYNC_TESTS_SUPPORT_RAW_HTTP_H_

#include <map>
#include <string>

#include "absl/strings/string_view.h"
#include "absl/time/time.h"

namespace gitsync {

struct HttpAnswer {
  int status = 0;                              // 0: there was none
  std::map<std::string, std::string> headers;  // names in lower case
  std::string body;                            // without chunks' framing
};

// A connection. Reading fails, without failing the test, at the end or after 20 s.
class RawHttp {
 public:
  // Connects to HOST:PORT of the loopback.
  explicit RawHttp(const std::string& endpoint);
  ~RawHttp();
  RawHttp(RawHttp&& other) noexcept;
  RawHttp(const RawHttp&) = delete;

  // Sends the bytes; whether the other side still took them.
  bool Send(absl::string_view bytes);
  // Sends a request that is only a head, with a Host header, and reads the answer.
  HttpAnswer Ask(absl::string_view request_line, absl::string_view headers = "");
  // The next answer. `head`: to a HEAD request, so without a body.
  HttpAnswer Read(bool head = false);
  // The next line of what comes, with its end.
  std::string ReadLine();
  // The next bytes of what comes; fewer only at the end.
  std::string Take(size_t size);
  // Whether the other side has closed, and nothing was left to read. Waits for it.
  bool AtEnd();
  void ShutdownWrite();

 private:
  bool Fill();

  int socket_ = -1;
  std::string buffer_;
};

}  // namespace gitsync

#endif  // GITSYNC_TESTS_SUPPORT_RAW_HTTP_H_
