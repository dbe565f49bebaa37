#ifndef GITSYNC_SERVER_GIT_TRANSPORT_HTTPS_REFUSAL_H_
#define GITSYNC_SERVER_GIT_TRANSPORT_HTTPS_REFUSAL_H_

#include <string>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "server/git/transport/remote.h"
#include "server/git/transport/transport.h"
#include "server/http_client/http_message.h"

namespace gitsync {

// Metadata of these errors: the status that the remote, which was reached, answered
// with.
inline constexpr absl::string_view kHttpStatus = "http_status";

// Why a remote that answered with `answer` to a request of `url` does not do what was
// asked of it: a status other than 200, or something else than git's own content.
// `words` is what it said to that, printable.
//
//   UNAUTHENTICATED      (REMOTE_AUTH_FAILED) 401, or 403 to a fetch.
//   PERMISSION_DENIED    (REMOTE_READ_ONLY) 403 to a push.
//   NOT_FOUND            (REMOTE_REPOSITORY_NOT_FOUND) 404, 410, and redirects.
//   FAILED_PRECONDITION  (REMOTE_REJECTED) 411, 413, and what else is below 500.
//   RESOURCE_EXHAUSTED   (REMOTE_RATE_LIMITED) 429, or 403 for the same reason; says
//                        when to come back.
//   UNAVAILABLE          (REMOTE_UNREACHABLE) 500 and above; says when to come back if
//                        the remote does.
//   INTERNAL             (REMOTE_PROTOCOL_ERROR) a page where git was expected.
absl::Status HttpsRefusal(const HttpResponse& answer, absl::string_view words,
                          const std::string& url, GitService service,
                          const Remote& remote);

// Whether an answer to what was pushed refuses it for a reason of its own: not one that
// a gateway gives which lost sight of what it had passed on, nor a redirect, which a
// gateway may give in place of such an answer.
bool IsRefusal(int status);

}  // namespace gitsync

#endif  // GITSYNC_SERVER_GIT_TRANSPORT_HTTPS_REFUSAL_H_
