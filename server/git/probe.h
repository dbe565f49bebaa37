#ifndef GITSYNC_SERVER_GIT_PROBE_H_
#define GITSYNC_SERVER_GIT_PROBE_H_

#include "absl/functional/function_ref.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "server/base/context.h"
#include "server/git/git_engine.h"
#include "server/git/transport/transport.h"

namespace gitsync {

// As GitEngine::Probe.
absl::StatusOr<ProbeResult> ProbeRemote(
    GitTransport* transport, const Remote& remote, absl::string_view branch,
    absl::string_view agent,
    absl::FunctionRef<void(ProbeStep, absl::string_view detail)> on_step,
    const Context& context);

}  // namespace gitsync

#endif  // GITSYNC_SERVER_GIT_PROBE_H_
