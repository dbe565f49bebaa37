#ifndef GITSYNC_SERVER_GIT_PROBE_H_
#define GITSYNC_SERVER_GIT_PROBE_H_

#include <string>

#include "absl/functional/function_ref.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "server/base/context.h"
#include "server/git/protocol/remote_branches.h"
#include "server/git/transport/transport.h"

namespace gitsync {

// What a probe of a remote found.
struct ProbeResult {
  std::string host_key;  // "type base64"; empty where there is none
  bool repository_empty = false;
  bool branch_exists = false;
  std::string branch_commit_id;
  RemoteBranches branches;
  bool can_write = false;
  std::string write_refusal;  // the remote's words, when it can't
};

// Steps of a probe, in order. The first two are of remotes with a GitHub App only.
enum class ProbeStep {
  kApp,
  kInstallation,
  kConnect,
  kHostKey,
  kAuthenticate,
  kRepository,
  kBranch,
  kFetch,
  kWrite
};

// As GitEngine::Probe.
absl::StatusOr<ProbeResult> ProbeRemote(
    GitTransport* transport, const Remote& remote, absl::string_view branch,
    absl::string_view agent,
    absl::FunctionRef<void(ProbeStep, absl::string_view detail)> on_step,
    const Context& context);

}  // namespace gitsync

#endif  // GITSYNC_SERVER_GIT_PROBE_H_
