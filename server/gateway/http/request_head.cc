#include "server/gateway/http/request_head.h"

#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/string_body.hpp>
#include <limits>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "server/base/error.h"
#include "server/base/reason.h"
#include "server/base/status_macros.h"
#include "server/gateway/http/http_error.h"

namespace gitsync::gateway {
namespace {

namespace http = boost::beast::http;
using boost::system::error_code;
using Parser = http::request_parser<http::string_body>;

absl::Status BadRequest(absl::string_view why) {
  return Error(absl::StatusCode::kInvalidArgument, reason::kInvalidRequest,
               absl::StrCat("The HTTP request can't be read: ", why, "."));
}

std::string ToString(boost::beast::string_view text) {
  return std::string(text.data(), text.size());
}

// "0" and two line ends: every body ends with at least this.
constexpr size_t kLastChunkBytes = 5;

class BeastChunkedBody : public ChunkedBody {
 public:
  BeastChunkedBody(std::unique_ptr<Parser> parser, uint64_t max_bytes)
      : parser_(std::move(parser)), max_bytes_(max_bytes) {}

  absl::StatusOr<size_t> Put(absl::string_view bytes) override {
    size_t used = 0;
    // Once Boost 1.74's parser has seen the size line of the last chunk and needs more,
    // calling it with less than a whole last chunk fails an assertion. Later versions
    // consume that line at once.
    if (waiting_ && absl::StartsWith(bytes, "0") && bytes.size() < kLastChunkBytes) {
      return used;
    }
    // The parser stops after each part; the next iteration continues with the rest.
    while (used < bytes.size() && !parser_->is_done()) {
      error_code error;
      const size_t taken = parser_->put(
          boost::asio::buffer(bytes.data() + used, bytes.size() - used), error);
      used += taken;
      waiting_ = error == http::error::need_more;
      if (waiting_) break;
      if (error == http::error::body_limit) return BodyTooLarge(max_bytes_);
      if (error) return BadRequest(absl::StrCat("its chunks: ", error.message()));
      if (taken == 0) break;
    }
    return used;
  }
  bool done() const override { return parser_->is_done(); }
  std::string TakeBody() override { return std::move(parser_->get().body()); }

 private:
  const std::unique_ptr<Parser> parser_;
  const uint64_t max_bytes_;
  bool waiting_ = false;  // for more input than it was given
};

// Refuses what Beast's parser would accept or repair.
absl::Status CheckLines(absl::string_view text) {
  bool first = true;
  for (const absl::string_view line : absl::StrSplit(text, "\r\n")) {
    if (line.find_first_of(absl::string_view("\r\n\0", 3)) != absl::string_view::npos) {
      return BadRequest(
          "a line does not end with CR and LF, or has a NUL; a header's value has to "
          "be "
          "in one line, base64 too (base64 -w0)");
    }
    if (!first && !line.empty() && (line.front() == ' ' || line.front() == '\t')) {
      return BadRequest("a header goes on in the next line");
    }
    first = false;
  }
  return absl::OkStatus();
}

absl::Status CheckFraming(const Headers& headers, const Parser& parser) {
  const int lengths = CountHeaders(headers, "Content-Length");
  const int codings = CountHeaders(headers, "Transfer-Encoding");
  if (lengths > 1) return BadRequest("it has Content-Length more than once");
  if (codings > 1) return BadRequest("it has Transfer-Encoding more than once");
  if (lengths > 0 && codings > 0) {
    return BadRequest("it has both Content-Length and Transfer-Encoding");
  }
  if (codings > 0 &&
      (parser.get().version() != 11 ||
       !absl::EqualsIgnoreCase(FindHeader(headers, "Transfer-Encoding"), "chunked"))) {
    return BadRequest("Transfer-Encoding other than \"chunked\" is not supported");
  }
  const absl::string_view length = FindHeader(headers, "Content-Length");
  if (lengths > 0 && (length.empty() || length.find_first_not_of("0123456789") !=
                                            absl::string_view::npos)) {
    return BadRequest("its Content-Length is no number");
  }
  const int hosts = CountHeaders(headers, "Host");
  if (hosts > 1 || (hosts == 0 && parser.get().version() == 11)) {
    return BadRequest("it has not exactly one Host header");
  }
  return absl::OkStatus();
}

}  // namespace

absl::Status BodyTooLarge(uint64_t max_body_bytes) {
  return Error(
      absl::StatusCode::kResourceExhausted, reason::kBodyTooLarge,
      absl::StrCat("The request's body is larger than the ", max_body_bytes,
                   " bytes that this server takes; send less in one request."));
}

absl::StatusOr<RequestHead> ParseRequestHead(absl::string_view text,
                                             uint64_t max_body_bytes) {
  RETURN_IF_ERROR(CheckLines(text));
  auto parser = std::make_unique<Parser>();
  parser->eager(false);
  parser->body_limit(max_body_bytes);
  // The caller applies its own limit; this one only has to be higher.
  parser->header_limit(std::numeric_limits<uint32_t>::max());
  error_code error;
  size_t used = 0;
  while (used < text.size() && !parser->is_header_done() && !error) {
    used +=
        parser->put(boost::asio::buffer(text.data() + used, text.size() - used), error);
  }
  // The caller handles a Content-Length over the limit.
  if (error && error != http::error::body_limit) {
    return BadRequest(error.message());
  }

  RequestHead head;
  for (const auto& field : parser->get()) {
    head.request.headers.emplace_back(ToString(field.name_string()),
                                      ToString(field.value()));
  }
  RETURN_IF_ERROR(CheckFraming(head.request.headers, *parser));
  if (!error && !parser->is_header_done()) return BadRequest("its head is cut off");
  const unsigned version = parser->get().version();
  if (version != 10 && version != 11) {
    return BadRequest("its version is neither HTTP/1.0 nor HTTP/1.1");
  }
  parser->eager(true);
  head.http_1_0 = version == 10;
  // A body that is too large is not read, so nothing can come after it.
  head.keep_alive = parser->is_header_done() && parser->keep_alive();
  head.request.method = ToString(parser->get().method_string());
  head.request.target = ToString(parser->get().target());
  const absl::string_view expect = FindHeader(head.request.headers, "Expect");
  head.expects_continue = absl::EqualsIgnoreCase(expect, "100-continue");
  if (!expect.empty() && !head.expects_continue) {
    return BadRequest("its Expect header is not \"100-continue\"");
  }
  const absl::string_view length = FindHeader(head.request.headers, "Content-Length");
  if (!length.empty() && !absl::SimpleAtoi(length, &head.content_length)) {
    head.content_length = std::numeric_limits<uint64_t>::max();
  }
  if (CountHeaders(head.request.headers, "Transfer-Encoding") > 0) {
    head.chunked =
        std::make_unique<BeastChunkedBody>(std::move(parser), max_body_bytes);
  }
  head.request.has_body = head.chunked != nullptr || head.content_length > 0;
  return head;
}

}  // namespace gitsync::gateway
