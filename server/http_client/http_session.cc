#include "server/http_client/http_session.h"

#include <poll.h>

#include <algorithm>
#include <cstring>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "server/base/error.h"
#include "server/base/status_macros.h"
#include "server/base/steady_clock.h"
#include "server/http_client/transfer_error.h"
#include "server/net/wait.h"

namespace gitsync {
namespace {

// The most bytes of an answer that are buffered before anybody reads them.
constexpr size_t kMostReceived = 1 << 20;
constexpr size_t kMostHeadBytes = 64 << 10;
// A host that sends less than one byte in this time counts as silent. A busy git server
// sends one byte per second to keep the connection alive.
constexpr absl::Duration kPatienceForByte = absl::Seconds(2);

}  // namespace

absl::StatusOr<std::unique_ptr<HttpSession>> HttpSession::Create(
    HttpOrigin origin, const std::string& ca_certificate, const HttpOptions& options) {
  std::unique_ptr<HttpSession> session(new HttpSession(std::move(origin), options));
  RETURN_IF_ERROR(session->Configure(ca_certificate));
  return session;
}

HttpSession::HttpSession(HttpOrigin origin, const HttpOptions& options)
    : origin_(std::move(origin)),
      options_(options),
      proxied_(options.proxy.Serves(origin_.host)),
      multi_(curl_multi_init()),
      easy_(curl_easy_init()) {}

HttpSession::~HttpSession() {
  End();
  curl_easy_cleanup(easy_);
  curl_multi_cleanup(multi_);
}

absl::Status HttpSession::Begin(HttpRequest request, Body body,
                                const Context& context) {
  End();
  request_ = std::move(request);
  context_ = context;
  was_kept_ = std::exchange(kept_, false);
  body_ = body;
  to_send_ = body == Body::kWhole ? absl::string_view(request_.body) : "";
  body_ended_ = body == Body::kWhole;
  body_was_sent_ = sending_paused_ = receiving_paused_ = has_head_ = done_ = false;
  times_sent_ = 0;
  patience_ = options_.stall_limit;
  head_ = {};
  head_bytes_ = read_ = 0;
  received_.clear();
  words_[0] = '\0';
  RETURN_IF_ERROR(PinAddresses());
  RETURN_IF_ERROR(SetRequest());
  if (const CURLMcode added = curl_multi_add_handle(multi_, easy_); added != CURLM_OK) {
    return InternalError(
        absl::StrCat("curl_multi_add_handle: ", curl_multi_strerror(added)));
  }
  active_ = true;
  return Perform();
}

absl::Status HttpSession::Write(absl::string_view bytes) {
  to_send_ = bytes;
  Resume();
  const absl::Status status =
      Drive([this] { return to_send_.empty() || IsRefused(); }, options_.stall_limit);
  const bool taken = to_send_.empty();
  to_send_ = {};
  RETURN_IF_ERROR(status);
  return taken || IsRefused() ? absl::OkStatus() : Failure();
}

absl::Status HttpSession::WaitForHead(absl::Duration stall_limit) {
  body_ended_ = true;
  Resume();
  RETURN_IF_ERROR(Drive([this] { return has_head_; }, stall_limit));
  return has_head_ ? absl::OkStatus() : Failure();
}

absl::StatusOr<size_t> HttpSession::Read(char* buffer, size_t size) {
  if (read_ == received_.size()) {
    received_.clear();
    read_ = 0;
    Resume();
    RETURN_IF_ERROR(Drive([this] { return !received_.empty(); }, options_.stall_limit));
    if (received_.empty()) {
      if (result_ != CURLE_OK) return Failure();
      return 0;
    }
  }
  const size_t count = std::min(size, received_.size() - read_);
  memcpy(buffer, received_.data() + read_, count);
  read_ += count;
  return count;
}

absl::Status HttpSession::Drive(absl::FunctionRef<bool()> reached,
                                absl::Duration stall_limit) {
  while (true) {
    RETURN_IF_ERROR(CheckRemoteTime(context_));
    if (reached() || done_) return absl::OkStatus();
    const uint64_t before = moved_bytes_;
    RETURN_IF_ERROR(Perform());
    patience_ = std::min(
        patience_ + kPatienceForByte * static_cast<double>(moved_bytes_ - before),
        stall_limit);
    if (reached() || done_) return absl::OkStatus();
    if (patience_ <= absl::ZeroDuration()) return RemoteStalled(stall_limit);
    const absl::Time start = SteadyNow();
    // Wakes up each second, because there may be no cancellation descriptor.
    const absl::Duration wait =
        std::clamp(std::min(context_.deadline - start, patience_), absl::ZeroDuration(),
                   absl::Seconds(1));
    curl_waitfd cancelled = {context_.cancellation->PollFd(), CURL_WAIT_POLLIN, 0};
    const CURLMcode polled = curl_multi_poll(
        multi_, &cancelled, cancelled.fd < 0 ? 0 : 1,
        static_cast<int>(absl::ToInt64Milliseconds(wait + absl::Microseconds(999))),
        nullptr);
    if (polled != CURLM_OK) {
      return InternalError(
          absl::StrCat("curl_multi_poll: ", curl_multi_strerror(polled)));
    }
    patience_ -= SteadyNow() - start;
  }
}

absl::Status HttpSession::Perform() {
  int running = 0;
  const CURLMcode performed = curl_multi_perform(multi_, &running);
  if (performed != CURLM_OK) {
    return InternalError(
        absl::StrCat("curl_multi_perform: ", curl_multi_strerror(performed)));
  }
  int left = 0;
  while (const CURLMsg* message = curl_multi_info_read(multi_, &left)) {
    if (message->msg != CURLMSG_DONE) continue;
    done_ = true;
    result_ = message->data.result;
  }
  return absl::OkStatus();
}

void HttpSession::Resume() {
  if (done_) return;
  const bool send = sending_paused_ && (!to_send_.empty() || body_ended_);
  const bool receive = receiving_paused_ && received_.empty();
  if (!send && !receive) return;
  if (send) sending_paused_ = false;
  if (receive) receiving_paused_ = false;
  // If this fails, the next Perform finds the error.
  curl_easy_pause(easy_, (sending_paused_ ? CURLPAUSE_SEND : 0) |
                             (receiving_paused_ ? CURLPAUSE_RECV : 0));
}

void HttpSession::End() {
  if (active_) curl_multi_remove_handle(multi_, easy_);
  active_ = false;
}

absl::Status HttpSession::Failure() const {
  // libcurl does not report an end within the head as an error.
  return TransferError(origin_.host, easy_,
                       result_ == CURLE_OK ? CURLE_PARTIAL_FILE : result_, words_);
}

bool HttpSession::IsIdle() const {
  return done_ && result_ == CURLE_OK && read_ == received_.size();
}

bool HttpSession::IsDead() const {
  curl_socket_t fd = CURL_SOCKET_BAD;
  if (curl_easy_getinfo(easy_, CURLINFO_ACTIVESOCKET, &fd) != CURLE_OK ||
      fd == CURL_SOCKET_BAD) {
    return true;
  }
  pollfd polled = {fd, POLLRDHUP, 0};
  return poll(&polled, 1, 0) > 0;
}

void HttpSession::Forget() {
  headers_.reset();
  curl_easy_setopt(easy_, CURLOPT_HTTPHEADER, nullptr);
  request_ = {};
  context_ = {};
  received_ = {};
  read_ = 0;
  kept_ = true;
}

size_t HttpSession::OnHeader(char* bytes, size_t size, size_t count, void* self) {
  HttpSession& session = *static_cast<HttpSession*>(self);
  const absl::string_view line(bytes, size * count);
  session.moved_bytes_ += line.size();
  session.head_bytes_ += line.size();
  if (session.head_bytes_ > kMostHeadBytes) return 0;
  if (session.has_head_) return line.size();  // a trailer
  const absl::string_view text = absl::StripAsciiWhitespace(line);
  if (absl::StartsWith(text, "HTTP/")) {
    session.head_ = {};
  } else if (text.empty()) {
    long status = 0;
    curl_easy_getinfo(session.easy_, CURLINFO_RESPONSE_CODE, &status);
    session.head_.status = static_cast<int>(status);
    session.has_head_ = status >= 200;
  } else if (const size_t colon = text.find(':'); colon != absl::string_view::npos) {
    session.head_.headers[absl::AsciiStrToLower(text.substr(0, colon))] =
        std::string(absl::StripLeadingAsciiWhitespace(text.substr(colon + 1)));
  }
  return line.size();
}

size_t HttpSession::OnBody(char* bytes, size_t size, size_t count, void* self) {
  HttpSession& session = *static_cast<HttpSession*>(self);
  if (session.received_.size() - session.read_ >= kMostReceived) {
    session.receiving_paused_ = true;
    return CURL_WRITEFUNC_PAUSE;
  }
  session.moved_bytes_ += size * count;
  session.received_.append(bytes, size * count);
  return size * count;
}

size_t HttpSession::OnWantBody(char* buffer, size_t size, size_t count, void* self) {
  HttpSession& session = *static_cast<HttpSession*>(self);
  absl::string_view& left = session.to_send_;
  if (left.empty() && !session.body_ended_) {
    session.sending_paused_ = true;
    return CURL_READFUNC_PAUSE;
  }
  const size_t given = left.copy(buffer, size * count);
  left.remove_prefix(given);
  session.moved_bytes_ += given;
  session.body_was_sent_ |= given > 0;
  return given;
}

int HttpSession::OnRewind(void* self, curl_off_t offset, int origin) {
  HttpSession& session = *static_cast<HttpSession*>(self);
  const bool whole = session.body_ == Body::kWhole;
  if (!whole || !session.request_.repeatable || offset != 0 || origin != SEEK_SET) {
    return CURL_SEEKFUNC_FAIL;
  }
  session.to_send_ = session.request_.body;
  return CURL_SEEKFUNC_OK;
}

// libcurl resends a request by itself if a kept connection was dead.
int HttpSession::OnSend(void* self, char*, char*, int, int) {
  HttpSession& session = *static_cast<HttpSession*>(self);
  if (session.times_sent_++ == 0 || !session.body_was_sent_) return CURL_PREREQFUNC_OK;
  return OnRewind(self, 0, SEEK_SET) == CURL_SEEKFUNC_OK ? CURL_PREREQFUNC_OK
                                                         : CURL_PREREQFUNC_ABORT;
}

}  // namespace gitsync
