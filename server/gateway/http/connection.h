// One HTTP/1 connection. It reads requests, has them handled one at a time, and writes
// the answers in that order.
//
// It keeps reading while a request is in flight: this is how it notices that the client
// has gone, and how it receives pipelined requests. A client that closes only its
// sending side counts as gone.

#ifndef GITSYNC_SERVER_GATEWAY_HTTP_CONNECTION_H_
#define GITSYNC_SERVER_GATEWAY_HTTP_CONNECTION_H_

#include <array>
#include <atomic>
#include <boost/asio/io_context.hpp>
#include <deque>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/time/time.h"
#include "server/gateway/http/byte_stream.h"
#include "server/gateway/http/http_handler.h"
#include "server/gateway/http/request_head.h"

namespace gitsync::gateway {

struct HttpLimits {
  size_t max_header_bytes = 16 << 10;
  uint64_t max_body_bytes = uint64_t{40} << 20;
  // For a request without an Authorization header.
  uint64_t max_anonymous_body_bytes = 64 << 10;
  // For all bodies that were read at least in part and are not answered yet.
  uint64_t max_bodies_bytes = uint64_t{512} << 20;
  int max_connections = 4096;
  int max_requests_per_connection = 10000;
  // From the first byte of a request, or the start of the connection, to the end of the
  // head.
  absl::Duration header_timeout = absl::Seconds(10);
  // Between two parts of a body or of an answer. In addition, a body must arrive, and
  // an answer that is not a stream must be sent, at an average of
  // `min_bytes_per_second`.
  absl::Duration stall_timeout = absl::Seconds(20);
  int min_bytes_per_second = 16 << 10;
  absl::Duration idle_timeout = absl::Seconds(75);
  // How long a client may take to read the last answer when it has sent more data that
  // nobody reads.
  absl::Duration linger_timeout = absl::Seconds(2);
};

// The bytes available for the bodies of all connections of a server. Thread-safe.
class BodyBudget {
 public:
  explicit BodyBudget(uint64_t bytes) : left_(bytes) {}

  // Takes `bytes`. If fewer are left, takes none and returns false.
  bool Take(uint64_t bytes) {
    uint64_t left = left_;
    while (left >= bytes) {
      if (left_.compare_exchange_weak(left, left - bytes)) return true;
    }
    return false;
  }
  void GiveBack(uint64_t bytes) { left_ += bytes; }

 private:
  std::atomic<uint64_t> left_;
};

// The options that all connections of a server share.
struct ConnectionOptions {
  HttpLimits limits;
  HttpHandler* handler = nullptr;
  BodyBudget* bodies = nullptr;
  // While set, each answer is the last one of its connection.
  const std::atomic<bool>* draining = nullptr;
};

// Everything except the Responder methods is called on the io_context's only thread.
class Connection : public Responder, public std::enable_shared_from_this<Connection> {
 public:
  // `closed` is called once, when the connection has been closed.
  Connection(boost::asio::io_context* context, std::unique_ptr<ByteStream> stream,
             const ConnectionOptions* options, std::function<void(Connection*)> closed);

  void Open();
  // Closes the connection if its deadline has passed. Must be called often.
  void CheckDeadline(absl::Time now);
  // Must be called once `draining` is set. Closes the connection unless a request is in
  // flight, and refuses a request that is still incomplete.
  void Drain();
  // Closes the connection at once.
  void Close();

  void Send(HttpResponse response) override;
  void Start(HttpResponse response) override;
  void Write(std::string text, std::function<void()> written) override;
  void Finish() override;

 private:
  enum class State {
    kHandshake,
    kIdle,       // between requests
    kHead,       // part of a head has arrived
    kBody,       // the head is complete
    kWorking,    // the handler has the request
    kAnswering,  // the answer is being written
    kLingering,  // the last answer was sent; discards what the client still sends
    kClosed,
  };
  struct Output {
    std::string text;
    absl::string_view view;  // used if `text` is empty
    std::function<void()> written;
  };

  void Read();
  void OnRead(const boost::system::error_code& error, size_t size);
  void OnEnd();
  void Advance();
  void ReadHead(size_t size);
  void Continue();
  void TakeBody();
  void OnBodyBytes(size_t size);
  void GiveBackBody();
  void RunExchange(std::string body);
  void Refuse(const absl::Status& status, int http_status);

  // The deadline of a transfer that began at `start` and has moved `bytes` so far.
  absl::Time SlowestEnd(absl::Time start, uint64_t bytes) const;
  void BeginAnswer();
  void SendNow(HttpResponse response);
  std::string HeadText(const HttpResponse& response, absl::string_view framing) const;
  void Enqueue(Output output);
  void WriteNext();
  void OnWritten(const boost::system::error_code& error, size_t size);
  void OnAnswered();
  void Linger();
  void LogAnswer(const HttpResponse& response) const;

  boost::asio::io_context* const context_;
  const std::unique_ptr<ByteStream> stream_;
  const ConnectionOptions& options_;
  std::function<void(Connection*)> closed_;

  State state_ = State::kHandshake;
  absl::Time deadline_ = absl::InfiniteFuture();
  int requests_ = 0;

  std::array<char, 4096> piece_;  // buffer of a read
  // Bytes that were read but not consumed yet.
  std::string input_;
  size_t scanned_ = 0;  // prefix of `input_` searched without finding the head's end
  bool reading_ = false;
  bool reading_body_ = false;

  RequestHead head_;
  absl::Time request_start_;
  absl::Time body_start_;
  uint64_t body_received_ = 0;
  uint64_t body_taken_ = 0;  // from the budget
  bool anonymous_ = false;
  std::string body_;
  std::optional<HttpResponse> refusal_;  // sent once the body has been read
  std::shared_ptr<HttpExchange> exchange_;
  bool close_after_ = false;
  bool streaming_ = false;
  absl::Time answer_start_;
  uint64_t answer_sent_ = 0;

  std::deque<Output> output_;
  size_t output_offset_ = 0;  // in the first output
  bool writing_ = false;
};

}  // namespace gitsync::gateway

#endif  // GITSYNC_SERVER_GATEWAY_HTTP_CONNECTION_H_
