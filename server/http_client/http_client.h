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

// Asks HTTPS servers, over connections that are kept for the next request. Thread-safe.
//
// The host's addresses are checked before anything is sent, redirects are answers like
// any other, and there is no connection without TLS 1.2 or later and a certificate that
// is right.
class HttpClient {
 public:
  // Ignores SIGPIPE: see IgnoreSigpipe.
  explicit HttpClient(HttpOptions options);

  // Sends a request and takes the answer in. Blocks until it is there, the context's
  // deadline, or cancellation. Whatever status the answer has, the result is OK; an
  // error means that there was none:
  //
  //   INVALID_ARGUMENT     (INVALID_REQUEST) the URL is not one of https.
  //   UNAVAILABLE          (REMOTE_UNREACHABLE) no connection, or it broke.
  //   DEADLINE_EXCEEDED    (REMOTE_TIMEOUT) the deadline, or the stall limit.
  //   CANCELLED            (CANCELLED)
  //   PERMISSION_DENIED    (REMOTE_ADDRESS_REFUSED)
  //   FAILED_PRECONDITION  (REMOTE_TLS_FAILED) with what is wrong: unknown authority,
  //                        another host's certificate, expired, TLS too old.
  //   INTERNAL             (REMOTE_PROTOCOL_ERROR) what came is not HTTP, or its body
  //   is
  //                        longer than `max_body_bytes`.
  absl::StatusOr<HttpResponse> Send(const HttpRequest& request, const Context& context,
                                    size_t max_body_bytes = 1 << 20);

  // The same piece by piece. Begins a request, on a kept connection if there is one,
  // and returns while the remote works on it.
  absl::StatusOr<std::unique_ptr<HttpSession>> Begin(
      HttpRequest request, const Context& context,
      HttpSession::Body body = HttpSession::Body::kWhole);

  // Blocks until status and headers of the answer are there. If the connection had been
  // kept and is dead, or silent, a repeatable request is sent once more on a new one,
  // which then takes the session's place.
  absl::Status WaitForHead(std::unique_ptr<HttpSession>& session);

  // Keeps the session for another request, if it is good for one.
  void Keep(std::unique_ptr<HttpSession> session);

  // Closes kept connections, and does not keep more. For shutdown.
  void Close() { pool_.Close(); }

 private:
  const HttpOptions options_;
  SessionPool<HttpSession> pool_;
};

}  // namespace gitsync

#endif  // GITSYNC_SERVER_HTTP_CLIENT_HTTP_CLIENT_H_
