#include "server/git/transport/https_transport.h"

#include "server/base/status_macros.h"
#include "server/git/transport/https_stream.h"

namespace gitsync {

absl::StatusOr<std::unique_ptr<GitStream>> HttpsTransport::Open(
    const Remote& remote, GitService service, const Context& context) {
  ASSIGN_OR_RETURN(std::unique_ptr<HttpsStream> stream,
                   HttpsStream::Open(with_, remote, service, context));
  return std::unique_ptr<GitStream>(std::move(stream));
}

absl::StatusOr<std::unique_ptr<GitStream>> HttpsTransport::OpenUnasked(
    const Remote& remote, const Context& context) {
  ASSIGN_OR_RETURN(std::unique_ptr<HttpsStream> stream,
                   HttpsStream::OpenUnasked(with_, remote, context));
  return std::unique_ptr<GitStream>(std::move(stream));
}

}  // namespace gitsync
