#include "server/sync/git_setup.h"

#include <array>
#include <string>
#include <utility>
#include <variant>

#include "absl/strings/str_cat.h"
#include "server/base/error.h"
#include "server/base/logging.h"
#include "server/base/reason.h"
#include "server/base/status_macros.h"
#include "server/git/transport/https_logins.h"
#include "server/git/transport/https_refusal.h"
#include "server/git/transport/next_try.h"
#include "server/git/transport/transport.h"
#include "server/resource/access.h"
#include "server/security/ssh_key.h"

namespace gitsync {
namespace {

using Outcome = ConnectionStepResult::Outcome;

struct StepName {
  ProbeStep step;
  absl::string_view name;
};
constexpr std::array<StepName, 9> kSteps = {{{ProbeStep::kApp, "app"},
                                             {ProbeStep::kInstallation, "installation"},
                                             {ProbeStep::kConnect, "connect"},
                                             {ProbeStep::kHostKey, "host_key"},
                                             {ProbeStep::kAuthenticate, "authenticate"},
                                             {ProbeStep::kRepository, "repository"},
                                             {ProbeStep::kBranch, "branch"},
                                             {ProbeStep::kFetch, "fetch"},
                                             {ProbeStep::kWrite, "write"}}};

// What to do about an error of a probe.
std::string FixFor(const absl::Status& status, const GitConfigRow& config) {
  const std::string why = ReasonOf(status);
  if (!MetadataOf(status, kLoginStep).empty()) {
    return "Do what the detail says in the App's settings on GitHub, or correct this "
           "configuration.";
  }
  constexpr char kSeeDetail[] = "Do what the detail says.";
  if (!MetadataOf(status, kKeyNotShown).empty()) return kSeeDetail;
  if (why == reason::kRemoteCommandFailed ||
      (why == reason::kRemoteProtocolError && config.kind == CredentialKind::kSsh)) {
    return "The login works, but not what the host does then: check the path in the "
           "URL, and have whoever runs the host see to what the detail says.";
  }
  if (why == reason::kRemoteAuthFailed) {
    return config.kind == CredentialKind::kSsh
               ? absl::StrCat(
                     "Add this public key to the repository as a deploy key with write "
                     "access: ",
                     config.public_key)
               : "Check the user name and the token, and that the token has not "
                 "expired.";
  }
  if (why == reason::kHostKeyMismatch) {
    return "If the host's key was changed on purpose, compare its fingerprint with the "
           "one that the host publishes, and finalize again with "
           "expectedHostKeyFingerprint.";
  }
  if (why == reason::kRemoteRepositoryNotFound) {
    return config.kind == CredentialKind::kSsh
               ? "Check the path in the URL, and that the key was added to this "
                 "repository."
               : "Check the path in the URL, and that the token may read this "
                 "repository.";
  }
  if (why == reason::kRemoteAddressRefused) {
    return "Private addresses are refused; an operator can allow them with "
           "--allow_private_remotes.";
  }
  if (why == reason::kRemoteTlsFailed) {
    return "Do what the detail says; caCertificate takes the certificates of "
           "authorities that only you know.";
  }
  if (why == reason::kRemoteUnreachable && !MetadataOf(status, kNextTryTime).empty()) {
    return "Try again at the time that the detail names. If it goes on, whoever runs "
           "the host can see in its log whom it refuses and why.";
  }
  if (why == reason::kRemoteRateLimited) {
    return "Wait as long as the detail says, then try again.";
  }
  if (why == reason::kRemoteUnreachable && !MetadataOf(status, kHttpStatus).empty()) {
    return "The host was reached, but it, or a proxy before it, fails: try again "
           "later, "
           "and look at its own log.";
  }
  if (why == reason::kRemoteUnreachable || why == reason::kRemoteTimeout) {
    return "Check host and port in the URL, and that this server may connect to them.";
  }
  if (why == reason::kRemoteRejected || why == reason::kRemoteProtocolError) {
    return "The detail quotes what the host answered: do what it says, and check the "
           "URL, and that no proxy or sign-in page answers in the host's place.";
  }
  return kSeeDetail;
}

// Finalizing may re-pin a host key only if the caller names the key. It also proves
// that a GitHub App's key is valid now.
absl::StatusOr<Remote> RemoteToProbe(const SyncEnvironment& env,
                                     const GitConfigRow& config,
                                     const std::string& expected_fingerprint,
                                     bool asked) {
  ASSIGN_OR_RETURN(Repository repository, OpenRepository(env, config));
  repository.remote.even_if_paused = asked;
  repository.remote.afresh = asked;
  if (auto* ssh = std::get_if<SshCredentials>(&repository.remote.credentials)) {
    ssh->expected_fingerprint = expected_fingerprint;
    if (!expected_fingerprint.empty()) ssh->pinned_host_key.clear();
  }
  if (auto* app = std::get_if<GitHubAppCredentials>(&repository.remote.credentials)) {
    app->token_since = env.clock->Now();
  }
  return std::move(repository.remote);
}

void RecordFailure(const SyncEnvironment& env, const GitConfigRow& config,
                   const absl::Status& status) {
  // A next try time means that nothing was tried, unless the host shuts us out.
  const std::string why = ReasonOf(status);
  if (!MetadataOf(status, kNextTryTime).empty() && why != reason::kRemoteUnreachable) {
    return;
  }
  const absl::Status kept = env.store->Write([&](Transaction& tx) -> absl::Status {
    ASSIGN_OR_RETURN(GitConfigRow now, tx.git_configs().Get(config.organization_id));
    if (now.etag != config.etag) return absl::OkStatus();
    now.last_error = std::string(status.message());
    if (why == reason::kRemoteAuthFailed) now.proved_etag.clear();
    return tx.git_configs().Put(now);
  });
  if (!kept.ok()) {
    Log(LogLevel::kWarning, "outcome of finalizing not recorded",
        {{"organization_id", config.organization_id}, {"status", kept}});
  }
}

// Whether the only change since `config` was read is that it was finalized, with the
// same outcome: by its first use, for example.
bool WasJustFinalized(const GitConfigRow& config, const ProbeResult& probe,
                      const GitConfigRow& now) {
  if (!now.finalize_time.has_value() || now.finalize_time == config.finalize_time) {
    return false;
  }
  GitConfigRow finalized = config;
  finalized.host_key = probe.host_key;
  finalized.can_write = probe.can_write;
  finalized.last_error = now.last_error;
  finalized.proved_etag = now.proved_etag;
  finalized.finalize_time = now.finalize_time;
  finalized.update_time = now.update_time;
  finalized.etag = now.etag;
  return now == finalized;
}

// Whether the store says that an app was synced with the branch; false if the store
// can't be read.
bool BranchWasSynced(const SyncEnvironment& env, const GitConfigRow& config) {
  bool was_synced = false;
  const absl::Status read = env.store->Read([&](const Transaction& tx) -> absl::Status {
    ASSIGN_OR_RETURN(was_synced, BranchWasSynced(tx, config, std::nullopt));
    return absl::OkStatus();
  });
  return read.ok() && was_synced;
}

// Explains a missing branch, which depends on the other branches.
void TellMissingBranch(const GitConfigRow& config, const RemoteBranches& branches,
                       bool was_synced, ConnectionStepResult& result) {
  if (branches.empty()) {
    result.outcome = Outcome::kWarning;
    result.detail =
        absl::StrCat("The branch \"", config.branch, "\" does not exist yet.");
    result.fix = "The first push makes it; nothing needs to be done.";
    return;
  }
  const bool usable = !was_synced && !branches.default_name.empty();
  result.outcome = usable ? Outcome::kWarning : Outcome::kFailed;
  result.detail = absl::StrCat("The repository has no branch \"", config.branch,
                               "\". It has ", branches.Describe(), ".");
  result.fix =
      "Name the right one in the configuration, or make this one in the "
      "repository.";
  if (usable) {
    result.fix = absl::StrCat(
        "If this is the one you want, nothing needs to be done: the first push makes "
        "it from ",
        branches.default_name, ". Otherwise name the right one in the configuration.");
  }
}

}  // namespace

absl::StatusOr<FinalizeResult> Finalize(
    const SyncEnvironment& env, const GitConfigRow& config, const FinalizeInput& input,
    const std::function<absl::Status(Transaction&, const FinalizeResult&)>& on_commit,
    const Context& context) {
  ASSIGN_OR_RETURN(
      const Remote remote,
      RemoteToProbe(env, config, input.expected_host_key_fingerprint, input.asked));
  const absl::StatusOr<ProbeResult> probe = env.engine->Probe(
      remote, config.branch, [](ProbeStep, absl::string_view) {}, context);
  if (!probe.ok()) {
    RecordFailure(env, config, probe.status());
    return probe.status();
  }
  FinalizeResult result;
  result.branch_exists = probe->branch_exists;
  result.repository_empty = probe->repository_empty;
  result.branches = probe->branches;
  result.can_write = probe->can_write;
  if (!probe->host_key.empty()) {
    ASSIGN_OR_RETURN(result.host_key_fingerprint, SshFingerprint(probe->host_key));
  }
  RETURN_IF_ERROR(env.store->Write([&](Transaction& tx) -> absl::Status {
    ASSIGN_OR_RETURN(GitConfigRow now, tx.git_configs().Get(config.organization_id));
    // The other call's caller may already hold the etag, so it stays.
    if (!WasJustFinalized(config, *probe, now)) {
      RETURN_IF_ERROR(CheckEtag(config.etag, now.etag));
      now.host_key = probe->host_key;
      now.can_write = probe->can_write;
      now.last_error.clear();
      now.finalize_time = now.update_time = env.clock->Now();
      now.etag = NewEtag();
      now.proved_etag = now.etag;
      RETURN_IF_ERROR(tx.git_configs().Put(now));
    }
    result.config = std::move(now);
    return on_commit ? on_commit(tx, result) : absl::OkStatus();
  }));
  return result;
}

std::vector<ConnectionStepResult> TestConnection(const SyncEnvironment& env,
                                                 const GitConfigRow& config,
                                                 const Context& context) {
  std::vector<ConnectionStepResult> steps;
  for (const StepName& step : kSteps) {
    // Over HTTPS and in files there is no host key.
    if (step.step == ProbeStep::kHostKey && config.kind != CredentialKind::kSsh) {
      continue;
    }
    const bool of_app =
        step.step == ProbeStep::kApp || step.step == ProbeStep::kInstallation;
    if (of_app && config.kind != CredentialKind::kGitHubApp) continue;
    steps.push_back({.name = std::string(step.name),
                     .outcome = Outcome::kSkipped,
                     .detail = "",
                     .fix = ""});
  }
  const auto passed = [&steps](ProbeStep step, absl::string_view detail) {
    for (ConnectionStepResult& result : steps) {
      if (result.name == kSteps[static_cast<size_t>(step)].name) {
        result.outcome = Outcome::kPassed;
        result.detail = std::string(detail);
      }
    }
  };
  const absl::StatusOr<Remote> remote = RemoteToProbe(env, config, "", /*asked=*/true);
  const absl::StatusOr<ProbeResult> probe =
      remote.ok() ? env.engine->Probe(*remote, config.branch, passed, context)
                  : remote.status();
  if (!probe.ok()) {
    for (ConnectionStepResult& result : steps) {
      if (result.outcome != Outcome::kSkipped) continue;
      result.outcome = Outcome::kFailed;
      result.detail = std::string(probe.status().message());
      result.fix = FixFor(probe.status(), config);
      Log(LogLevel::kWarning, "git connection test failed",
          {{"organization_id", config.organization_id},
           {"step", result.name},
           {"status", probe.status()}});
      break;
    }
    return steps;
  }
  for (ConnectionStepResult& result : steps) {
    if (result.name == "branch" && !probe->branch_exists) {
      TellMissingBranch(config, probe->branches, BranchWasSynced(env, config), result);
    }
    if (result.name == "write" && !probe->can_write) {
      result.outcome = Outcome::kWarning;
      result.detail = probe->write_refusal;
      result.fix =
          config.kind == CredentialKind::kGitHubApp
              ? "Pulling works; to push, give the App the permission \"Contents: Read "
                "and write\" in its settings, and accept it in the installation's."
              : "Pulling works; to push, give the key write access to the repository.";
    }
  }
  return steps;
}

}  // namespace gitsync
