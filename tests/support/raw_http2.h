// HTTP/2 over a plain socket, frame by frame as a test specifies, including frames that
// no honest client would send.

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
// A big-endian number, as in most payloads.
std::string Number(uint32_t value);
// One header field for a HEADERS or CONTINUATION frame, as plain text that the other
// side does not index.
std::string Field(absl::string_view name, absl::string_view value);
// All fields of a gRPC request except the credentials. With `again`, returns the
// shortest form, which refers to the fields of the connection's first request, indexed
// by the other side.
std::string RequestFields(absl::string_view path, bool again);

// A connection that has sent the preface and empty settings. Not thread-safe.
class RawHttp2 {
 public:
  // Connects to HOST:PORT of the loopback.
  explicit RawHttp2(const std::string& endpoint);
  ~RawHttp2();
  RawHttp2(const RawHttp2&) = delete;
  RawHttp2& operator=(const RawHttp2&) = delete;

  // Sends the bytes; meanwhile reads incoming data and discards it. Blocks until all
  // bytes are sent, the other side has closed the connection, or the other side has
  // accepted nothing for 20 seconds. Returns whether it accepted all bytes.
  bool Send(absl::string_view bytes);
  // Sends a ping, and blocks until the other side has read everything that was sent,
  // has closed the connection, or has been silent for 20 seconds.
  void AwaitRead();
  // Blocks until `count` streams have ended since the connection was created. Otherwise
  // gives up as AwaitRead does.
  void AwaitEnds(int count);
  // Returns how many streams the other side has ended with trailers.
  int ended() const { return ended_; }

 private:
  bool Wait(short events);
  // Reads the available data; false at the end.
  bool Drain();
  void ReadFrames(absl::string_view bytes);

  int socket_ = -1;
  std::string unread_;  // the beginning of a frame's head
  size_t skip_ = 0;     // the remaining bytes of a frame's payload
  bool ping_answered_ = false;
  int ended_ = 0;
};

}  // namespace gitsync::http2

#endif  // GITSYNC_TESTS_SUPPORT_RAW_HTTP2_H_
