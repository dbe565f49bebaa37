#include "tests/support/raw_http2.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"

namespace gitsync::http2 {
namespace {

constexpr int kPatienceMs = 20'000;
constexpr size_t kHeadBytes = 9;

void AppendText(absl::string_view text, std::string* out) {
  // A length of seven bits, with more bytes if it does not fit (RFC 7541, 5.1).
  size_t left = text.size();
  if (left < 127) {
    out->push_back(static_cast<char>(left));
  } else {
    out->push_back(127);
    for (left -= 127; left >= 128; left >>= 7) {
      out->push_back(static_cast<char>((left & 127) | 128));
    }
    out->push_back(static_cast<char>(left));
  }
  out->append(text.data(), text.size());
}

std::string Indexed(absl::string_view name, absl::string_view value) {
  std::string field = "\x40";
  AppendText(name, &field);
  AppendText(value, &field);
  return field;
}

}  // namespace

std::string Number(uint32_t value) {
  std::string bytes(4, '\0');
  for (int i = 0; i < 4; ++i) bytes[i] = static_cast<char>(value >> (24 - 8 * i));
  return bytes;
}

std::string Frame(FrameType type, uint8_t flags, uint32_t stream,
                  absl::string_view payload) {
  std::string frame = Number(static_cast<uint32_t>(payload.size())).substr(1);
  frame.push_back(static_cast<char>(type));
  frame.push_back(static_cast<char>(flags));
  return absl::StrCat(frame, Number(stream), payload);
}

std::string Field(absl::string_view name, absl::string_view value) {
  std::string field(1, '\0');
  AppendText(name, &field);
  AppendText(value, &field);
  return field;
}

std::string RequestFields(absl::string_view path, bool again) {
  // POST and http are in the static table; the last entry added has number 62.
  if (again) return "\x83\x86\xc1\xc0\xbf\xbe";
  return absl::StrCat("\x83\x86", Indexed(":path", path), Indexed(":authority", "a"),
                      Indexed("content-type", "application/grpc"),
                      Indexed("te", "trailers"));
}

RawHttp2::RawHttp2(const std::string& endpoint) {
  int port = 0;
  EXPECT_TRUE(absl::SimpleAtoi(endpoint.substr(endpoint.rfind(':') + 1), &port));
  socket_ = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in address = {};
  address.sin_family = AF_INET;
  address.sin_port = htons(static_cast<uint16_t>(port));
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  EXPECT_EQ(connect(socket_, reinterpret_cast<sockaddr*>(&address), sizeof(address)),
            0);
  const int on = 1;
  setsockopt(socket_, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
  fcntl(socket_, F_SETFL, O_NONBLOCK);
  Send(absl::StrCat("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", Frame(kSettings, 0, 0, "")));
}

RawHttp2::~RawHttp2() { close(socket_); }

bool RawHttp2::Send(absl::string_view bytes) {
  while (!bytes.empty()) {
    if (!Wait(POLLIN | POLLOUT) || !Drain()) return false;
    const ssize_t sent = send(socket_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (sent < 0 && errno != EAGAIN) return false;
    if (sent > 0) bytes.remove_prefix(static_cast<size_t>(sent));
  }
  return true;
}

void RawHttp2::AwaitRead() {
  ping_answered_ = false;
  if (!Send(Frame(kPing, 0, 0, "all read"))) return;
  while (!ping_answered_ && Wait(POLLIN) && Drain()) {
  }
}

void RawHttp2::AwaitEnds(int count) {
  while (ended_ < count && Wait(POLLIN) && Drain()) {
  }
}

bool RawHttp2::Wait(short events) {
  pollfd waited = {socket_, events, 0};
  return poll(&waited, 1, kPatienceMs) > 0;
}

bool RawHttp2::Drain() {
  char piece[65536];
  ssize_t got = 0;
  while ((got = recv(socket_, piece, sizeof(piece), 0)) > 0) {
    ReadFrames({piece, static_cast<size_t>(got)});
  }
  return got < 0 && errno == EAGAIN;
}

void RawHttp2::ReadFrames(absl::string_view bytes) {
  while (!bytes.empty()) {
    const size_t skipped = std::min(skip_, bytes.size());
    skip_ -= skipped;
    bytes.remove_prefix(skipped);
    const size_t head = std::min(kHeadBytes - unread_.size(), bytes.size());
    absl::StrAppend(&unread_, bytes.substr(0, head));
    bytes.remove_prefix(head);
    if (unread_.size() < kHeadBytes) return;
    for (int i = 0; i < 3; ++i) skip_ = skip_ << 8 | static_cast<uint8_t>(unread_[i]);
    if (unread_[3] == kHeaders && (unread_[4] & kEndStream) != 0) ++ended_;
    if (unread_[3] == kPing && (unread_[4] & kAck) != 0) ping_answered_ = true;
    unread_.clear();
  }
}

}  // namespace gitsync::http2
