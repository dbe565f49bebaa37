#include "server/git/probe.h"

#include <memory>
#include <string>
#include <variant>

#include "absl/strings/str_cat.h"
#include "server/base/error.h"
#include "server/base/reason.h"
#include "server/base/status_macros.h"
#include "server/git/advertisement.h"
#include "server/git/transport/https_logins.h"

namespace gitsync {
namespace {

using StepTeller = absl::FunctionRef<void(ProbeStep, absl::string_view detail)>;

// Tells of the steps of logging in as a GitHub App, up to the one that failed; whether
// that was none of them.
bool TellAppSteps(const Remote& remote, const absl::Status& status,
                  StepTeller on_step) {
  const auto* app = std::get_if<GitHubAppCredentials>(&remote.credentials);
  if (app == nullptr) return true;
  const std::string failed = MetadataOf(status, kLoginStep);
  if (failed == kAppStep) return false;
  on_step(ProbeStep::kApp, app->app_id);
  if (failed == kInstallationStep) return false;
  on_step(ProbeStep::kInstallation, app->installation_id);
  return true;
}

// Opening does these steps at once; its error tells how far it came.
void TellStepsBefore(const Remote& remote, const absl::Status& error,
                     StepTeller on_step) {
  if (!TellAppSteps(remote, error, on_step)) return;
  const std::string reason = ReasonOf(error);
  const bool refused_by_us = reason == reason::kHostKeyMismatch;
  const bool refused_login =
      reason == reason::kRemoteAuthFailed || reason == reason::kRemoteRateLimited;
  const bool inside =
      reason == reason::kRemoteRepositoryNotFound ||
      reason == reason::kRemoteReadOnly || reason == reason::kRemoteRejected ||
      reason == reason::kUnsupported || reason == reason::kRemoteProtocolError;
  if (refused_by_us || refused_login || inside) on_step(ProbeStep::kConnect, "");
  if (refused_login || inside) on_step(ProbeStep::kHostKey, "");
  if (inside) on_step(ProbeStep::kAuthenticate, "");
}

// Whether an error of receive-pack is a refusal to write, and no failure to ask.
bool IsWriteRefusal(const absl::Status& error) {
  const std::string reason = ReasonOf(error);
  return reason == reason::kRemoteReadOnly || reason == reason::kRemoteAuthFailed ||
         reason == reason::kRemoteRejected ||
         reason == reason::kRemoteRepositoryNotFound;
}

}  // namespace

absl::StatusOr<ProbeResult> ProbeRemote(GitTransport* transport, const Remote& remote,
                                        absl::string_view branch, StepTeller on_step,
                                        const Context& context) {
  auto reading =
      Conversation::Open(transport, remote, GitService::kUploadPack, context);
  if (!reading.ok()) {
    TellStepsBefore(remote, reading.status(), on_step);
    return reading.status();
  }
  ProbeResult result;
  result.host_key = (*reading)->stream().HostKey();
  TellAppSteps(remote, absl::OkStatus(), on_step);
  on_step(ProbeStep::kConnect, remote.url.host);
  on_step(ProbeStep::kHostKey, result.host_key);
  const auto* token = std::get_if<HttpsCredentials>(&remote.credentials);
  on_step(ProbeStep::kAuthenticate,
          token == nullptr ? remote.url.user : token->username);
  const Advertisement& advertisement = (*reading)->advertisement();
  result.repository_empty = advertisement.refs.empty();
  result.branches = advertisement.Branches();
  on_step(ProbeStep::kRepository,
          result.repository_empty ? std::string("empty")
                                  : absl::StrCat(advertisement.refs.size(), " refs"));
  if (const RemoteRef* found =
          advertisement.Find(absl::StrCat("refs/heads/", branch))) {
    result.branch_exists = true;
    result.branch_commit_id = found->id;
  }
  on_step(ProbeStep::kBranch, result.branch_exists ? result.branch_commit_id
                                                   : "the first push will create it");
  (*reading)->Decline().IgnoreError();

  auto writing =
      Conversation::Open(transport, remote, GitService::kReceivePack, context);
  if (!writing.ok()) {
    if (!IsWriteRefusal(writing.status())) return writing.status();
    result.write_refusal = std::string(writing.status().message());
    return result;
  }
  result.can_write = true;
  (*writing)->Decline().IgnoreError();
  on_step(ProbeStep::kWrite, "");
  return result;
}

}  // namespace gitsync
