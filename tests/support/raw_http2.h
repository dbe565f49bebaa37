// HTTP/2 over a plain socket, frame by frame as a test wants it: also as no honest
// client would send them.

#ifndef GITSYNC_TESTS_SUPPORT_RAW_HTTP2_H_
#define GITSYNC_TESTS_SUPPORT_RAW_HTTP2_H_

#include <cstdint>
#include <string>

#include "absl/strings/string_view.h"

namespace gitsync::http2 {

enum FrameType : uint8_t {
  kData = 0,
  kHeaders = 1,
  kPriority = 2,
  kRstStream = 3,
  kSettings = 4,
  kPing = 6,
  kGoaway = 7,
  kWindowUpdate = 8,
  kContinuation = 9,
};

constexpr uint8_t kEndStream = 0x1;
constexpr uint8_t kAck = 0x1;
constexpr uint8_t kEndHeaders = 0x4;

std::string Frame(FrameType type, uint8_t flags, uint32_t stream,
                  absl::string_view payload);
// A big-endian number, as most payloads are.
std::string Number(uint32_t value);
// One header field for a HEADERS or CONTINUATION frame, as plain text that the other
// side does not index.
std::string Field(absl::string_view name, absl::string_view value);
// All fields of a gRPC request but the credentials. The shortest, `again`, refers to
// those of the connection's first request, which the other side has indexed.
std::string RequestFields(absl::string_view path, bool again);

// A connection that has sent the preface and empty settings. Not thread-safe.
class RawHttp2 {
 public:
  // Connects to HOST:PORT of the loopback.
  explicit RawHttp2(const std::string& endpoint);
  ~RawHttp2();
  RawHttp2(const RawHttp2&) = delete;
  RawHttp2& operator=(const RawHttp2&) = delete;

  // Sends the bytes, and meanwhile reads what comes, and forgets it. Blocks until all
  // are sent, or the other side has closed the connection, or has taken nothing for 20
  // seconds; whether it took them all.
  bool Send(absl::string_view bytes);
  // Asks by a ping, and blocks until the other side has read all that was sent, or has
  // closed the connection, or has said nothing for 20 seconds.
  void AwaitRead();
  // Blocks until `count` streams have ended since the connection was made, or as
  // AwaitRead does otherwise.
  void AwaitEnds(int count);
  // How many streams the other side has ended with trailers.
  int ended() const { return ended_; }

 private:
  bool Wait(short events);
  // Reads what is there; false at the end.
  bool Drain();
  void ReadFrames(absl::string_view bytes);

  int socket_ = -1;
  std::string unread_;  // the start of a frame's head
  size_t skip_ = 0;     // of a frame's payload
  bool ping_answered_ = false;
  int ended_ = 0;
};

}  // namespace gitsync::http2

#endif  // GITSYNC_TESTS_SUPPORT_RAW_HTTP2_H_
