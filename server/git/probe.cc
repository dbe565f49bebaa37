#include "server/git/probe.h"

#include <algorithm>
#include <array>
#include <memory>
#include <string>
#include <variant>

#include "absl/strings/str_cat.h"
#include "server/base/error.h"
#include "server/base/reason.h"
#include "server/base/status_macros.h"
#include "server/git/protocol/conversation.h"
#include "server/git/protocol/upload_pack.h"
#include "server/git/transport/https_logins.h"
#include "server/git/transport/https_refusal.h"
#include "server/git/transport/next_try.h"

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

std::string WithMore(absl::string_view text, absl::string_view between,
                     absl::string_view more) {
  return more.empty() ? std::string(text) : absl::StrCat(text, between, more);
}

// Opening does these steps at once; its error tells how far it came.
void TellStepsBefore(const Remote& remote, const absl::Status& error,
                     StepTeller on_step) {
  if (!TellAppSteps(remote, error, on_step)) return;
  // What is left alone was not asked.
  if (!MetadataOf(error, kNextTryTime).empty()) return;
  const std::string reason = ReasonOf(error);
  const bool refused_by_us = reason == reason::kHostKeyMismatch;
  const bool inside =
      reason == reason::kRemoteRepositoryNotFound ||
      reason == reason::kRemoteReadOnly || reason == reason::kRemoteRejected ||
      reason == reason::kUnsupported || reason == reason::kRemoteProtocolError ||
      reason == reason::kRemoteCommandFailed;
  // Over HTTPS, whatever answers was reached.
  const bool answered = !MetadataOf(error, kHttpStatus).empty();
  const bool refused_login = reason == reason::kRemoteAuthFailed;
  if (refused_by_us || refused_login || inside || answered)
    on_step(ProbeStep::kConnect, "");
  if (refused_login || inside || answered) on_step(ProbeStep::kHostKey, "");
  if (inside) on_step(ProbeStep::kAuthenticate, "");
}

// Tries whether the remote sends what was asked for: of the branch, or else of what is
// there.
absl::Status FetchSomething(Conversation& reading, absl::string_view branch,
                            absl::string_view agent, StepTeller on_step) {
  const Advertisement& advertisement = reading.advertisement();
  const RemoteRef* ref = advertisement.Find(absl::StrCat("refs/heads/", branch));
  if (ref == nullptr) ref = advertisement.Find("HEAD");
  if (ref == nullptr && !advertisement.refs.empty()) ref = &advertisement.refs.front();
  if (ref == nullptr) {
    reading.Decline().IgnoreError();
    on_step(ProbeStep::kFetch, "there is nothing to fetch yet");
    return absl::OkStatus();
  }
  const absl::Status tried = TryFetch(reading, ref->id, agent);
  if (!tried.ok()) {
    reading.stream().Blame(tried);
    return tried;
  }
  on_step(ProbeStep::kFetch, ref->name);
  return absl::OkStatus();
}

// Whether an error of receive-pack is a refusal to write, and no failure to ask.
// Reading has just worked with this login, so that no host's choice of words matters:
// it let us in, and does not run git for us.
bool IsWriteRefusal(const absl::Status& error) {
  static constexpr std::array<absl::string_view, 7> kRefusals = {
      reason::kRemoteReadOnly,      reason::kRemoteAuthFailed,
      reason::kRemoteRejected,      reason::kRemoteRepositoryNotFound,
      reason::kRemoteCommandFailed, reason::kRemoteProtocolError,
      reason::kUnsupported};
  return std::find(kRefusals.begin(), kRefusals.end(), ReasonOf(error)) !=
         kRefusals.end();
}

// Why nothing can be pushed to a remote that said this as receive-pack; empty if it
// can. Some hosts run upload-pack for whoever may only read.
std::string WriteRefusalIn(const Advertisement& advertisement) {
  if (advertisement.Can("report-status")) return "";
  if (advertisement.Can("multi_ack") || advertisement.Can("thin-pack")) {
    return "Asked to be written to, the remote answers as one that is only read: with "
           "the refs of upload-pack in place of receive-pack's.";
  }
  return "The remote does not report whether a push worked (it has no "
         "\"report-status\").";
}

}  // namespace

absl::StatusOr<ProbeResult> ProbeRemote(GitTransport* transport, const Remote& remote,
                                        absl::string_view branch,
                                        absl::string_view agent, StepTeller on_step,
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
  const GitStream& stream = (*reading)->stream();
  on_step(ProbeStep::kConnect, WithMore(remote.url.host, ": ", stream.Protection()));
  on_step(ProbeStep::kHostKey, result.host_key);
  const auto* token = std::get_if<HttpsCredentials>(&remote.credentials);
  on_step(ProbeStep::kAuthenticate,
          WithMore(token == nullptr ? remote.url.user : token->username, ", by ",
                   stream.LoginAlgorithm()));
  const Advertisement& advertisement = (*reading)->advertisement();
  result.repository_empty = advertisement.refs.empty();
  result.branches = advertisement.Branches();
  std::string seen = result.repository_empty
                         ? std::string("empty")
                         : absl::StrCat(advertisement.refs.size(), " refs");
  if (const std::string moved_to = (*reading)->stream().MovedTo(); !moved_to.empty()) {
    absl::StrAppend(&seen, "; the remote redirects to ",
                    (*reading)->stream().WithoutSecret(moved_to));
  }
  on_step(ProbeStep::kRepository, seen);
  if (const RemoteRef* found =
          advertisement.Find(absl::StrCat("refs/heads/", branch))) {
    result.branch_exists = true;
    result.branch_commit_id = found->id;
  }
  on_step(ProbeStep::kBranch, result.branch_exists ? result.branch_commit_id
                                                   : "the first push will create it");
  RETURN_IF_ERROR(FetchSomething(**reading, branch, agent, on_step));
  reading->reset();

  // One login that was proved is enough.
  Remote proved = remote;
  proved.afresh = false;
  auto writing =
      Conversation::Open(transport, proved, GitService::kReceivePack, context);
  if (!writing.ok()) {
    if (!IsWriteRefusal(writing.status())) return writing.status();
    result.write_refusal = std::string(writing.status().message());
    return result;
  }
  result.write_refusal = WriteRefusalIn((*writing)->advertisement());
  (*writing)->Decline().IgnoreError();
  if (!result.write_refusal.empty()) return result;
  result.can_write = true;
  on_step(ProbeStep::kWrite, "");
  return result;
}

}  // namespace gitsync
