// Finding what a name means on a remote.

#ifndef GITSYNC_SERVER_GIT_MIRROR_RESOLVE_REF_H_
#define GITSYNC_SERVER_GIT_MIRROR_RESOLVE_REF_H_

#include <functional>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "server/base/context.h"
#include "server/git/mirror/mirror.h"
#include "server/git/repository.h"
#include "server/git/transport/transport.h"

namespace gitsync {

// As GitEngine::Resolve.
absl::StatusOr<ResolvedRef> ResolveRef(GitTransport* transport, const Mirror& mirror,
                                       const Remote& remote, absl::string_view ref,
                                       absl::string_view agent,
                                       const std::function<void(GitPhase)>& on_phase,
                                       const Context& context);

}  // namespace gitsync

#endif  // GITSYNC_SERVER_GIT_MIRROR_RESOLVE_REF_H_
