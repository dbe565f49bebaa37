// The first part of an HTTP/1 request: request line and headers, read strictly. What a
// proxy in front could read in another way is refused, so that nothing can be smuggled
// past it.

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

// Takes a body in chunks apart.
class ChunkedBody {
 public:
  virtual ~ChunkedBody() = default;

  // Takes bytes and returns how many it used; those of the next request are left.
  // INVALID_ARGUMENT (INVALID_REQUEST) if the framing is wrong, RESOURCE_EXHAUSTED
  // (BODY_TOO_LARGE) past the limit.
  virtual absl::StatusOr<size_t> Put(absl::string_view bytes) = 0;
  virtual bool done() const = 0;
  // The body, moved out; once, when done.
  virtual std::string TakeBody() = 0;
};

struct RequestHead {
  HttpRequest request;
  bool http_1_0 = false;
  bool keep_alive = true;
  bool expects_continue = false;
  uint64_t content_length = 0;           // 0 also if it is chunked
  std::unique_ptr<ChunkedBody> chunked;  // null if it is not
};

// Reads a head, up to and with the empty line that ends it. `max_body_bytes` is for a
// chunked body; a Content-Length is not compared with it.
//
// INVALID_ARGUMENT (INVALID_REQUEST) if it is not HTTP/1.0 or 1.1, has Content-Length
// twice or together with Transfer-Encoding, another coding than "chunked", a line that
// goes on in the next one, a line end without CR, not exactly one Host, or an
// expectation other than "100-continue".
absl::StatusOr<RequestHead> ParseRequestHead(absl::string_view text,
                                             uint64_t max_body_bytes);

// The error of a body past the limit: RESOURCE_EXHAUSTED (BODY_TOO_LARGE).
absl::Status BodyTooLarge(uint64_t max_body_bytes);

}  // namespace gitsync::gateway

#endif  // GITSYNC_SERVER_GATEWAY_HTTP_REQUEST_HEAD_H_
