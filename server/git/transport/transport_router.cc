#include "server/git/transport/transport_router.h"

#include "server/base/error.h"
#include "server/base/reason.h"

namespace gitsync {

absl::StatusOr<std::unique_ptr<GitStream>> TransportRouter::Open(
    const Remote& remote, GitService service, const Context& context) {
  switch (remote.url.scheme) {
    case GitUrl::Scheme::kSsh:
      return ssh_.Open(remote, service, context);
    case GitUrl::Scheme::kFile:
      if (allow_file_) return local_.Open(remote, service, context);
      return Error(absl::StatusCode::kInvalidArgument, reason::kInvalidGitUrl,
                   "file:// remotes are not allowed here; use an SSH URL, or have the "
                   "operator set --allow_file_remotes.")
          .ToStatus();
    case GitUrl::Scheme::kHttps:
      return https_.Open(remote, service, context);
  }
  return InternalError("a git URL of no scheme");
}

absl::StatusOr<std::unique_ptr<GitStream>> TransportRouter::OpenUnasked(
    const Remote& remote, const Context& context) {
  switch (remote.url.scheme) {
    case GitUrl::Scheme::kSsh:
      return ssh_.OpenUnasked(remote, context);
    case GitUrl::Scheme::kFile:
      return nullptr;
    case GitUrl::Scheme::kHttps:
      return https_.OpenUnasked(remote, context);
  }
  return InternalError("a git URL of no scheme");
}

void TransportRouter::GetReady(const Remote& remote, const Context& context) {
  if (remote.url.scheme == GitUrl::Scheme::kSsh) ssh_.GetReady(remote, context);
}

void TransportRouter::Shutdown() {
  ssh_.Shutdown();
  local_.Shutdown();
  https_.Shutdown();
}

}  // namespace gitsync
