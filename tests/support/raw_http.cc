#include "tests/support/raw_http.h"

#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"

namespace gitsync {

RawHttp::RawHttp(const std::string& endpoint) {
  int port = 0;
  EXPECT_TRUE(absl::SimpleAtoi(endpoint.substr(endpoint.rfind(':') + 1), &port));
  socket_ = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in address = {};
  address.sin_family = AF_INET;
  address.sin_port = htons(static_cast<uint16_t>(port));
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  EXPECT_EQ(connect(socket_, reinterpret_cast<sockaddr*>(&address), sizeof(address)),
            0);
  const timeval limit = {20, 0};
  setsockopt(socket_, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof(limit));
  setsockopt(socket_, SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof(limit));
  const int on = 1;
  setsockopt(socket_, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
}

RawHttp::~RawHttp() {
  if (socket_ >= 0) close(socket_);
}

RawHttp::RawHttp(RawHttp&& other) noexcept
    : socket_(std::exchange(other.socket_, -1)), buffer_(std::move(other.buffer_)) {}

bool RawHttp::Send(absl::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t sent = send(socket_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (sent <= 0) return false;
    bytes.remove_prefix(static_cast<size_t>(sent));
  }
  return true;
}

HttpAnswer RawHttp::Ask(absl::string_view request_line, absl::string_view headers) {
  Send(absl::StrCat(request_line, " HTTP/1.1\r\nHost: test\r\n", headers, "\r\n"));
  return Read(request_line.substr(0, 5) == "HEAD ");
}

bool RawHttp::Fill() {
  char piece[65536];
  const ssize_t got = recv(socket_, piece, sizeof(piece), 0);
  if (got <= 0) return false;
  buffer_.append(piece, static_cast<size_t>(got));
  return true;
}

std::string RawHttp::Take(size_t size) {
  while (buffer_.size() < size && Fill()) {
  }
  std::string taken = buffer_.substr(0, size);
  buffer_.erase(0, size);
  return taken;
}

std::string RawHttp::ReadLine() {
  size_t end = 0;
  while ((end = buffer_.find('\n')) == std::string::npos) {
    if (!Fill()) return Take(buffer_.size());
  }
  return Take(end + 1);
}

HttpAnswer RawHttp::Read(bool head) {
  HttpAnswer answer;
  const std::string status = ReadLine();
  if (status.size() < 12) return answer;
  EXPECT_TRUE(absl::SimpleAtoi(status.substr(9, 3), &answer.status)) << status;
  for (std::string line = ReadLine(); line.size() > 2; line = ReadLine()) {
    const size_t colon = line.find(':');
    std::string name = absl::AsciiStrToLower(line.substr(0, colon));
    std::string& value = answer.headers[name];
    if (!value.empty()) value += ", ";
    value += std::string(absl::StripAsciiWhitespace(line.substr(colon + 1)));
  }
  if (head || answer.status == 204 || answer.status == 100) return answer;
  if (answer.headers["transfer-encoding"] == "chunked") {
    for (;;) {
      const size_t size = std::stoul(ReadLine(), nullptr, 16);
      answer.body += Take(size);
      ReadLine();
      if (size == 0) return answer;
    }
  }
  const std::string& length = answer.headers["content-length"];
  size_t size = 0;
  if (length.empty()) {
    while (Fill()) {
    }
    size = buffer_.size();
  } else {
    size = std::stoul(length);
  }
  answer.body = Take(size);
  return answer;
}

bool RawHttp::AtEnd() {
  if (!buffer_.empty() || Fill()) return false;
  char byte = 0;
  // A reset also counts as an end; no answer in time does not.
  return recv(socket_, &byte, 1, MSG_DONTWAIT) == 0 || errno == ECONNRESET;
}

void RawHttp::ShutdownWrite() { shutdown(socket_, SHUT_WR); }

}  // namespace gitsync
