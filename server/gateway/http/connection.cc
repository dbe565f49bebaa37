#include "server/gateway/http/connection.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "server/base/error.h"
#include "server/base/reason.h"
#include "server/base/steady_clock.h"
#include "server/base/uuid.h"
#include "server/gateway/http/http_error.h"

namespace gitsync::gateway {
namespace {

namespace asio = boost::asio;
using boost::system::error_code;

// Bounds for how much of a body is read at a time. A read takes at most as much as has
// already arrived, so that a client that sends little takes little memory.
constexpr size_t kMinBodyReadBytes = 16 << 10;
constexpr size_t kMaxBodyReadBytes = 256 << 10;
// A client that has sent this much is trusted to send the rest.
constexpr size_t kProvenBodyBytes = 1 << 20;
// The largest body of a refused request that is read anyway, so that the connection can
// be reused.
constexpr uint64_t kMaxSkippedBodyBytes = 64 << 10;
constexpr absl::string_view kHeadEnd = "\r\n\r\n";

absl::Status HeadersTooLarge(size_t limit) {
  return Error(absl::StatusCode::kInvalidArgument, reason::kHeadersTooLarge,
               absl::StrCat("The request's URL and headers are longer than the ", limit,
                            " bytes that this server takes; send less in them."));
}

absl::Status TooSlow(absl::string_view what) {
  return Error(
      absl::StatusCode::kDeadlineExceeded, reason::kRequestTimeout,
      absl::StrCat("The request's ", what, " did not come in time; send it again."));
}

absl::Status NoCredentials() {
  return Error(absl::StatusCode::kUnauthenticated, reason::kMissingCredentials,
               "The request has no credentials, and a body that is too long to be read "
               "without; send an access token in the Authorization header.");
}

absl::Status TooManyBodies() {
  return Error(
             absl::StatusCode::kUnavailable, reason::kServerBusy,
             "The server has as many requests' bodies in hand as it takes; repeat the "
             "request in a moment.")
      .RetryAfter(absl::Seconds(1));
}

}  // namespace

Connection::Connection(asio::io_context* context, std::unique_ptr<ByteStream> stream,
                       const ConnectionOptions* options,
                       std::function<void(Connection*)> closed)
    : context_(context),
      stream_(std::move(stream)),
      options_(*options),
      closed_(std::move(closed)) {}

void Connection::Open() {
  deadline_ = SteadyNow() + options_.limits.header_timeout;
  stream_->Handshake([self = shared_from_this()](const error_code& error, size_t) {
    if (self->state_ == State::kClosed) return;
    if (error) return self->Close();
    self->state_ = State::kIdle;
    self->Read();
  });
}

void Connection::CheckDeadline(absl::Time now) {
  if (now < deadline_ || state_ == State::kClosed) return;
  const bool asking = state_ == State::kHead || state_ == State::kBody;
  if (!asking) return Close();
  Refuse(TooSlow(state_ == State::kHead ? "head" : "body"), 408);
}

void Connection::Drain() {
  if (state_ == State::kIdle || state_ == State::kHandshake) return Close();
  // No work was done for the request yet, and the client decides how long the rest
  // takes.
  if (state_ == State::kHead || state_ == State::kBody) Refuse(ShuttingDown(), 0);
}

void Connection::Close() {
  if (state_ == State::kClosed) return;
  state_ = State::kClosed;
  deadline_ = absl::InfiniteFuture();
  GiveBackBody();
  stream_->Close();
  if (exchange_ != nullptr) exchange_->Cancel();
  exchange_.reset();
  // The writers of these outputs wait for the callback.
  for (Output& output : std::exchange(output_, {})) {
    if (output.written) output.written();
  }
  std::exchange(closed_, nullptr)(this);
}

// ---- Reading
// ---------------------------------------------------------------------------

void Connection::Read() {
  if (reading_ || state_ == State::kClosed) return;
  const bool ahead = state_ == State::kWorking || state_ == State::kAnswering;
  if (ahead && input_.size() >= options_.limits.max_header_bytes) return;
  reading_ = true;
  reading_body_ = state_ == State::kBody && head_.chunked == nullptr;
  if (!reading_body_) {
    return stream_->ReadSome(
        asio::buffer(piece_),
        [self = shared_from_this()](const error_code& error, size_t size) {
          self->OnRead(error, size);
        });
  }
  // Reads directly into the body. Its memory grows as the body arrives, not by the
  // announced length.
  const size_t size = body_.size();
  if (size >= kProvenBodyBytes) body_.reserve(head_.content_length);
  const size_t space =
      std::min<uint64_t>(head_.content_length - size,
                         std::clamp(size, kMinBodyReadBytes, kMaxBodyReadBytes));
  body_.resize(size + space);
  stream_->ReadSome(
      asio::buffer(body_.data() + size, space),
      [self = shared_from_this(), size](const error_code& error, size_t read) {
        self->body_.resize(size + (error ? 0 : read));
        self->OnRead(error, read);
      });
}

void Connection::OnRead(const error_code& error, size_t size) {
  reading_ = false;
  if (state_ == State::kClosed) return;
  if (error) return OnEnd();
  if (state_ == State::kLingering) return Read();
  if (reading_body_) {
    // In any other state, the body was given up in the meantime.
    if (state_ == State::kBody) OnBodyBytes(size);
  } else {
    input_.append(piece_.data(), size);
    if (state_ == State::kBody) {
      TakeBody();
    } else {
      Advance();
    }
  }
  Read();
}

void Connection::OnEnd() {
  // An answer being sent may still arrive: the client may just have finished sending.
  if (state_ == State::kAnswering && !streaming_) {
    close_after_ = true;
    return;
  }
  Close();
}

void Connection::Advance() {
  if (state_ != State::kIdle && state_ != State::kHead) return;
  // Some clients send an empty line after a body.
  if (scanned_ == 0) {
    const size_t start = std::min(input_.find_first_not_of("\r\n"), input_.size());
    input_.erase(0, start);
  }
  if (input_.empty()) return;
  if (state_ == State::kIdle) {
    state_ = State::kHead;
    request_start_ = SteadyNow();
    deadline_ = request_start_ + options_.limits.header_timeout;
  }
  const size_t limit = options_.limits.max_header_bytes;
  const size_t end = input_.find(kHeadEnd.data(), scanned_, kHeadEnd.size());
  const size_t size = end == std::string::npos ? input_.size() : end + kHeadEnd.size();
  if (size > limit) return Refuse(HeadersTooLarge(limit), 431);
  if (end != std::string::npos) return ReadHead(size);
  scanned_ = size - std::min(size, kHeadEnd.size() - 1);
}

void Connection::ReadHead(size_t size) {
  ++requests_;
  head_ = RequestHead();
  absl::StatusOr<RequestHead> head = ParseRequestHead(
      absl::string_view(input_).substr(0, size), options_.limits.max_body_bytes);
  input_.erase(0, size);
  scanned_ = 0;
  if (!head.ok()) return Refuse(head.status(), 0);
  head_ = *std::move(head);
  close_after_ = !head_.keep_alive;
  state_ = State::kBody;
  if (head_.content_length > options_.limits.max_body_bytes) {
    return Refuse(BodyTooLarge(options_.limits.max_body_bytes), 413);
  }

  HttpRequest request = head_.request;
  HeadResult result = options_.handler->OnHead(std::move(request));
  body_.clear();
  body_received_ = 0;
  body_start_ = SteadyNow();
  deadline_ = body_start_ + options_.limits.stall_timeout;
  if (auto* refusal = std::get_if<HttpResponse>(&result)) {
    const bool skip = head_.chunked == nullptr && !head_.expects_continue &&
                      head_.content_length <= kMaxSkippedBodyBytes;
    if (!skip) {
      close_after_ = true;
      return SendNow(*std::move(refusal));
    }
    refusal_ = *std::move(refusal);
  } else {
    exchange_ = std::get<std::shared_ptr<HttpExchange>>(std::move(result));
    anonymous_ = CountHeaders(head_.request.headers, "Authorization") == 0;
    if (anonymous_ && head_.content_length > options_.limits.max_anonymous_body_bytes) {
      return Refuse(NoCredentials(), 0);
    }
  }
  if (head_.expects_continue && head_.request.has_body && input_.empty()) Continue();
  TakeBody();
}

void Connection::Continue() {
  if (!head_.http_1_0) Enqueue({"HTTP/1.1 100 Continue\r\n\r\n", {}, nullptr});
}

// Takes the body's bytes from the input that was read.
void Connection::TakeBody() {
  if (head_.chunked == nullptr) {
    const size_t size =
        std::min<uint64_t>(head_.content_length - body_.size(), input_.size());
    body_.append(input_, 0, size);
    input_.erase(0, size);
    return OnBodyBytes(size);
  }
  const absl::StatusOr<size_t> used = head_.chunked->Put(input_);
  if (!used.ok()) {
    const bool large = absl::IsResourceExhausted(used.status());
    return Refuse(used.status(), large ? 413 : 0);
  }
  input_.erase(0, *used);
  if (!head_.chunked->done() && input_.size() > options_.limits.max_header_bytes) {
    return Refuse(HeadersTooLarge(options_.limits.max_header_bytes), 431);
  }
  OnBodyBytes(*used);
}

void Connection::OnBodyBytes(size_t size) {
  body_received_ += size;
  if (head_.chunked != nullptr && anonymous_ && exchange_ != nullptr &&
      body_received_ > options_.limits.max_anonymous_body_bytes) {
    return Refuse(NoCredentials(), 0);
  }
  if (!options_.bodies->Take(size)) return Refuse(TooManyBodies(), 0);
  body_taken_ += size;
  const bool done = head_.chunked != nullptr ? head_.chunked->done()
                                             : body_.size() == head_.content_length;
  if (done) {
    deadline_ = absl::InfiniteFuture();
    return RunExchange(head_.chunked != nullptr ? head_.chunked->TakeBody()
                                                : std::move(body_));
  }
  deadline_ = SlowestEnd(body_start_, body_received_);
}

void Connection::GiveBackBody() {
  options_.bodies->GiveBack(std::exchange(body_taken_, 0));
}

absl::Time Connection::SlowestEnd(absl::Time start, uint64_t bytes) const {
  const HttpLimits& limits = options_.limits;
  const absl::Duration earned =
      absl::Seconds(static_cast<double>(bytes) / limits.min_bytes_per_second);
  return limits.stall_timeout + std::min(SteadyNow(), start + earned);
}

void Connection::RunExchange(std::string body) {
  body_ = std::string();
  head_.chunked.reset();
  if (refusal_.has_value()) {
    return SendNow(*std::exchange(refusal_, std::nullopt));
  }
  state_ = State::kWorking;
  // The exchange may answer, and so be released, before Run returns.
  const std::shared_ptr<HttpExchange> exchange = exchange_;
  exchange->Run(std::move(body), shared_from_this());
}

void Connection::Refuse(const absl::Status& status, int http_status) {
  refusal_.reset();
  if (exchange_ != nullptr) exchange_->Cancel();
  exchange_.reset();
  head_.chunked.reset();
  // A read in progress still writes to the body.
  if (!reading_) body_ = std::string();
  // The start of the next request is unknown.
  close_after_ = true;
  const std::string request_id = NewUuid();
  HttpResponse response = ErrorResponse(status, request_id, http_status);
  response.request_id = request_id;
  response.headers.emplace_back("X-Request-Id", response.request_id);
  SendNow(std::move(response));
}

}  // namespace gitsync::gateway
