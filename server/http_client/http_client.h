#ifndef GITSYNC_SERVER_HTTP_CLIENT_HTTP_CLIENT_H_
#define GITSYNC_SERVER_HTTP_CLIENT_HTTP_CLIENT_H_

#include <cstddef>
#include <memory>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "server/base/context.h"
#include "server/http_client/http_message.h"
#include "server/http_client/http_options.h"
#include "server/http_client/http_session.h"
#include "server/net/session_pool.h"

namespace gitsync {

// Sends requests to HTTPS servers, over connections that are kept for later requests.
// Thread-safe.
//
// The host's addresses are checked before anything is sent. Redirects are returned like
// any other answer. Every connection requires TLS 1.2 or later and a valid certificate.
class HttpClient {
 public:
  // Ignores SIGPIPE: see IgnoreSigpipe.
  explicit HttpClient(HttpOptions options);

  // Sends a request and receives the answer. Blocks until the answer is complete, the
  // context's deadline, or cancellation. The result is OK whatever status the answer
  // has; an error means that there was no answer:
  //
  //   INVALID_ARGUMENT     (INVALID_REQUEST) the URL is not an https URL.
  //   UNAVAILABLE          (REMOTE_UNREACHABLE) no connection, or it broke.
  //   DEADLINE_EXCEEDED    (REMOTE_TIMEOUT) the deadline, or the stall limit.
  //   CANCELLED            (CANCELLED)
  //   PERMISSION_DENIED    (REMOTE_ADDRESS_REFUSED)
  //   FAILED_PRECONDITION  (REMOTE_TLS_FAILED) with what is wrong: unknown authority,
  //                        another host's certificate, expired, TLS too old.
  //   INTERNAL             (REMOTE_PROTOCOL_ERROR) the answer is not HTTP, or its body
  //                        is longer than `max_body_bytes`.
  absl::StatusOr<HttpResponse> Send(const HttpRequest& request, const Context& context,
                                    size_t max_body_bytes = 1 << 20);

  // Does the same in steps. Begins a request, on a kept connection if there is one, and
  // returns while the remote works on it.
  absl::StatusOr<std::unique_ptr<HttpSession>> Begin(
      HttpRequest request, const Context& context,
      HttpSession::Body body = HttpSession::Body::kWhole);

  // Blocks until the answer's status and headers are there. If the connection had been
  // kept and is dead or silent, a repeatable request is sent once more on a new
  // connection, which then replaces the session.
  absl::Status WaitForHead(std::unique_ptr<HttpSession>& session);

  // Keeps the session for another request, if it can be reused.
  void Keep(std::unique_ptr<HttpSession> session);

  // Closes kept connections, and keeps no more. For shutdown.
  void Close() { pool_.Close(); }

 private:
  const HttpOptions options_;
  SessionPool<HttpSession> pool_;
};

}  // namespace gitsync

#endif  // GITSYNC_SERVER_HTTP_CLIENT_HTTP_CLIENT_H_
