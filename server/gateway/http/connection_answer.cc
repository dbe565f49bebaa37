// The half of Connection that writes.

#include <boost/asio/dispatch.hpp>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "server/base/steady_clock.h"
#include "server/gateway/http/connection.h"
#include "server/gateway/http/http_text.h"

namespace gitsync::gateway {
namespace {

namespace asio = boost::asio;
using boost::system::error_code;

constexpr size_t kMaxBuffers = 8;

}  // namespace

// -------------------------------------------------------------------------

void Connection::Send(HttpResponse response) {
  asio::dispatch(*context_,
                 [self = shared_from_this(), moved = std::move(response)]() mutable {
                   self->SendNow(std::move(moved));
                 });
}

void Connection::Start(HttpResponse response) {
  asio::dispatch(*context_, [self = shared_from_this(), moved = std::move(response)] {
    if (self->state_ == State::kClosed) return;
    self->BeginAnswer();
    self->streaming_ = true;
    if (self->head_.http_1_0) self->close_after_ = true;
    self->LogAnswer(moved);
    self->Enqueue(
        {self->HeadText(moved,
                        self->head_.http_1_0 ? "" : "Transfer-Encoding: chunked\r\n"),
         {},
         nullptr});
  });
}

void Connection::Write(std::string text, std::function<void()> written) {
  asio::dispatch(*context_, [self = shared_from_this(), text = std::move(text),
                             written = std::move(written)]() mutable {
    const bool silent = self->head_.request.method == "HEAD";
    if (self->state_ == State::kClosed || silent || text.empty()) return written();
    if (!self->head_.http_1_0) {
      text = absl::StrCat(absl::Hex(text.size()), "\r\n", text, "\r\n");
    }
    self->Enqueue({std::move(text), {}, std::move(written)});
  });
}

void Connection::Finish() {
  asio::dispatch(*context_, [self = shared_from_this()] {
    if (self->state_ == State::kClosed) return;
    const bool chunked = !self->head_.http_1_0 && self->head_.request.method != "HEAD";
    self->Enqueue({chunked ? "0\r\n\r\n" : "", {}, [self = self.get()] {
                     if (self->state_ != State::kClosed) self->OnAnswered();
                   }});
  });
}

void Connection::BeginAnswer() {
  state_ = State::kAnswering;
  if (*options_.draining || requests_ >= options_.limits.max_requests_per_connection) {
    close_after_ = true;
  }
  GiveBackBody();
}

void Connection::SendNow(HttpResponse response) {
  if (state_ == State::kClosed) return;
  BeginAnswer();
  streaming_ = false;
  answer_start_ = SteadyNow();
  answer_sent_ = 0;
  LogAnswer(response);
  const size_t size =
      response.body.empty() ? response.static_body.size() : response.body.size();
  // 204 has no body, and therefore no length.
  std::string head = HeadText(
      response,
      response.status == 204 ? "" : absl::StrCat("Content-Length: ", size, "\r\n"));
  const auto answered = [this] {
    if (state_ != State::kClosed) OnAnswered();
  };
  if (size == 0 || head_.request.method == "HEAD") {
    return Enqueue({std::move(head), {}, answered});
  }
  output_.push_back({std::move(head), {}, nullptr});
  Enqueue({std::move(response.body), response.static_body, answered});
}

std::string Connection::HeadText(const HttpResponse& response,
                                 absl::string_view framing) const {
  std::string text;
  text.reserve(512);
  absl::StrAppend(&text, "HTTP/1.1 ", response.status, " ",
                  ReasonPhrase(response.status), "\r\nDate: ", HttpDate(absl::Now()),
                  "\r\n");
  for (const auto& [name, value] : response.headers) {
    absl::StrAppend(&text, name, ": ", value, "\r\n");
  }
  absl::StrAppend(&text, "X-Content-Type-Options: nosniff\r\n", framing);
  if (close_after_) {
    text.append("Connection: close\r\n");
  } else if (head_.http_1_0) {
    text.append("Connection: keep-alive\r\n");
  }
  text.append("\r\n");
  return text;
}

void Connection::Enqueue(Output output) {
  output_.push_back(std::move(output));
  WriteNext();
}

void Connection::WriteNext() {
  if (writing_ || output_.empty()) return;
  std::vector<asio::const_buffer> buffers;
  size_t offset = output_offset_;
  for (const Output& output : output_) {
    const absl::string_view all = output.text.empty() ? output.view : output.text;
    buffers.emplace_back(all.data() + offset, all.size() - offset);
    offset = 0;
    if (buffers.size() == kMaxBuffers) break;
  }
  writing_ = true;
  if (state_ == State::kAnswering) {
    // A stream may be silent for a long time.
    deadline_ = streaming_ ? SteadyNow() + options_.limits.stall_timeout
                           : SlowestEnd(answer_start_, answer_sent_);
  }
  stream_->WriteSome(buffers,
                     [self = shared_from_this()](const error_code& error, size_t size) {
                       self->OnWritten(error, size);
                     });
}

void Connection::OnWritten(const error_code& error, size_t size) {
  writing_ = false;
  if (state_ == State::kClosed) return;
  if (error) return Close();
  output_offset_ += size;
  answer_sent_ += size;
  while (!output_.empty()) {
    Output& first = output_.front();
    const size_t length = first.text.empty() ? first.view.size() : first.text.size();
    if (output_offset_ < length) break;
    output_offset_ -= length;
    const std::function<void()> written = std::move(first.written);
    output_.pop_front();
    if (written) written();
    // The callback may have closed the connection, or begun the next answer.
    if (state_ == State::kClosed || writing_) return;
  }
  // Between the parts of a stream, the server is not waiting for the client.
  if (output_.empty() && streaming_ && state_ == State::kAnswering) {
    deadline_ = absl::InfiniteFuture();
  }
  WriteNext();
}

void Connection::OnAnswered() {
  exchange_.reset();
  streaming_ = false;
  if (close_after_ || *options_.draining) return Linger();
  state_ = State::kIdle;
  deadline_ = SteadyNow() + options_.limits.idle_timeout;
  scanned_ = 0;
  Advance();
  Read();
}

// If the connection were closed at once with unread bytes from the client, the kernel
// would reset it, and the client might lose the answer.
void Connection::Linger() {
  state_ = State::kLingering;
  deadline_ = SteadyNow() + options_.limits.linger_timeout;
  input_.clear();
  stream_->ShutdownWrite([self = shared_from_this()](const error_code& error, size_t) {
    if (error) self->Close();
  });
  Read();
}

void Connection::LogAnswer(const HttpResponse& response) const {
  const std::string& target = head_.request.target;
  Log(response.log_level, "http",
      {{"method", head_.request.method},
       {"path", target.substr(0, target.find_first_of("?#"))},
       {"status", response.status},
       {"duration_ms", absl::ToInt64Milliseconds(SteadyNow() - request_start_)},
       {"request_id", response.request_id}});
}

}  // namespace gitsync::gateway
