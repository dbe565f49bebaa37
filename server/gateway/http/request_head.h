// The head of an HTTP/1 request, that is its request line and headers, parsed strictly.
// Anything that a proxy in front might interpret differently is refused, so that
// nothing can be smuggled past it.

#ifndef GITSYNC_SERVER_GATEWAY_HTTP_REQUEST_HEAD_H_
#define GITSYNC_SERVER_GATEWAY_HTTP_REQUEST_HEAD_H_

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "server/gateway/http/http_message.h"

namespace gitsync::gateway {

// Decodes a chunked body.
class ChunkedBody {
 public:
  virtual ~ChunkedBody() = default;

  // Consumes bytes and returns how many; bytes of the next request are left.
  // INVALID_ARGUMENT (INVALID_REQUEST) if the framing is invalid, RESOURCE_EXHAUSTED
  // (BODY_TOO_LARGE) over the limit.
  virtual absl::StatusOr<size_t> Put(absl::string_view bytes) = 0;
  virtual bool done() const = 0;
  // Moves the body out. Call once, when done.
  virtual std::string TakeBody() = 0;
};

struct RequestHead {
  HttpRequest request;
  bool http_1_0 = false;
  bool keep_alive = true;
  bool expects_continue = false;
  uint64_t content_length = 0;           // also 0 if it is chunked
  std::unique_ptr<ChunkedBody> chunked;  // null if it is not
};

// Parses a head up to and including the empty line that ends it. `max_body_bytes`
// applies to a chunked body; a Content-Length is not checked against it.
//
// INVALID_ARGUMENT (INVALID_REQUEST) if the head is not HTTP/1.0 or 1.1, has several
// Content-Length headers or one together with Transfer-Encoding, a coding other than
// "chunked", a line continued on the next one, a line end without CR, other than
// exactly one Host, or an expectation other than "100-continue".
absl::StatusOr<RequestHead> ParseRequestHead(absl::string_view text,
                                             uint64_t max_body_bytes);

// The error of a body over the limit: RESOURCE_EXHAUSTED (BODY_TOO_LARGE).
absl::Status BodyTooLarge(uint64_t max_body_bytes);

}  // namespace gitsync::gateway

#endif  // GITSYNC_SERVER_GATEWAY_HTTP_REQUEST_HEAD_H_
