#include "server/sync/sync_environment.h"

#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "server/base/error.h"
#include "server/base/reason.h"
#include "server/base/status_macros.h"
#include "server/resource/access.h"
#include "server/resource/git_configs.h"
#include "server/resource/validation.h"

namespace gitsync {
namespace {

constexpr size_t kMaxGitAppIdBytes = 100;

absl::Status AppNotInGit(absl::string_view git_app_id, absl::string_view commit_id) {
  return Error(absl::StatusCode::kNotFound, reason::kGitAppNotFound,
               absl::StrCat("The repository has no app with this gitAppId at commit ",
                            commit_id, "; ListGitApps shows those that it has."))
      .With("git_app_id", git_app_id)
      .With("commit_id", commit_id);
}

absl::Status DeletedInGit(absl::string_view folder, absl::string_view commit_id) {
  return Error(absl::StatusCode::kNotFound, reason::kGitAppDeleted,
               absl::StrCat("The app's folder \"", folder,
                            "\" was deleted in the repository: it is not there at "
                            "commit ",
                            commit_id,
                            ". Push a version with force to put it back, or delete "
                            "the app here too."))
      .With("folder", folder)
      .With("commit_id", commit_id);
}

// Names from git become names here, and go back into commit messages.
absl::Status CheckNames(const AppManifest& manifest, absl::string_view folder) {
  const absl::Status names =
      Violations()
          .RequireName("name", manifest.name)
          .RequireName("version", manifest.version_name)
          .RequireVisibleAscii("git_app_id", manifest.git_app_id, kMaxGitAppIdBytes)
          .ToStatus();
  if (names.ok()) return names;
  const std::string file = absl::StrCat(folder, "/", kManifestFile);
  return Error(absl::StatusCode::kFailedPrecondition, reason::kInvalidGitContent,
               absl::StrCat("The repository's \"", file, "\" can't be used: ",
                            names.message(), " Correct it in the repository."))
      .With("file", file);
}

// The app in `folder`, or NOT_FOUND if another app or none is there.
absl::StatusOr<AppInGit> ReadFrom(const SyncEnvironment& env,
                                  const Repository& repository,
                                  absl::string_view commit_id,
                                  absl::string_view git_app_id,
                                  absl::string_view folder) {
  AppInGit app;
  app.folder = std::string(folder);
  ASSIGN_OR_RETURN(app.snapshot, env.engine->ReadFolder(repository, commit_id, folder));
  const auto manifest = app.snapshot.files.find(std::string(kManifestFile));
  if (manifest == app.snapshot.files.end()) {
    return AppNotInGit(git_app_id, commit_id);
  }
  ASSIGN_OR_RETURN(app.content.manifest, ReadManifest(manifest->second));
  if (app.content.manifest.git_app_id != git_app_id) {
    return AppNotInGit(git_app_id, commit_id);
  }
  ASSIGN_OR_RETURN(app.content, ReadApp(app.snapshot.files));
  RETURN_IF_ERROR(CheckNames(app.content.manifest, folder));
  return app;
}

// Base URL of the API that belongs to the repository, or the one that the configuration
// gives; without "/" at the end.
std::string GitHubApiUrl(const GitConfigRow& config, const GitUrl& url) {
  absl::string_view given = config.github_enterprise_api_url;
  while (absl::ConsumeSuffix(&given, "/")) {
  }
  if (!given.empty()) return std::string(given);
  if (url.host == "github.com") return "https://api.github.com";
  const std::string port = url.port == 443 ? "" : absl::StrCat(":", url.port);
  // GitHub Enterprise Cloud with data residency.
  if (absl::EndsWith(url.host, ".ghe.com")) {
    return absl::StrCat("https://api.", url.host, port);
  }
  const bool is_ipv6 = absl::StrContains(url.host, ":");
  return absl::StrCat("https://", is_ipv6 ? "[" : "", url.host, is_ipv6 ? "]" : "",
                      port, "/api/v3");
}

OperationPhase ToPhase(GitPhase phase) {
  switch (phase) {
    case GitPhase::kConnecting:
      return OperationPhase::kConnecting;
    case GitPhase::kFetching:
      return OperationPhase::kFetching;
    case GitPhase::kCommitting:
      return OperationPhase::kCommitting;
    case GitPhase::kPushing:
      return OperationPhase::kPushing;
  }
  return OperationPhase::kConnecting;
}

}  // namespace

absl::StatusOr<GitConfigRow> ReadyGitConfig(const Transaction& tx,
                                            absl::string_view organization_id) {
  absl::StatusOr<GitConfigRow> config = tx.git_configs().Get(organization_id);
  if (!config.ok()) {
    return WithReason(
        config.status(), absl::StatusCode::kNotFound,
        Error(absl::StatusCode::kFailedPrecondition, reason::kGitNotConfigured,
              "The organization has no git configuration; make one with ConfigureSsh, "
              "ConfigureHttpsToken or ConfigureGitHubApp.")
            .With("organization_id", organization_id));
  }
  if (!config->finalize_time.has_value()) {
    return Error(absl::StatusCode::kFailedPrecondition, reason::kGitNotFinalized,
                 config->kind == CredentialKind::kSsh
                     ? "The git configuration is not finalized: give the key access to "
                       "the repository, then call FinalizeGitConfig."
                     : "The git configuration was changed meanwhile, and is not "
                       "finalized yet; repeat the request.")
        .With("organization_id", organization_id);
  }
  return config;
}

absl::StatusOr<GitConfigRow> ReachableGitConfig(const SyncEnvironment& env,
                                                const Transaction& tx,
                                                absl::string_view organization_id) {
  ASSIGN_OR_RETURN(GitConfigRow config, ReadyGitConfig(tx, organization_id));
  if (env.circuits != nullptr) {
    RETURN_IF_ERROR(env.circuits->Check(CircuitOf(config)));
  }
  return config;
}

std::string CircuitOf(const GitConfigRow& config) {
  return absl::StrCat(config.organization_id, "/", config.etag);
}

absl::StatusOr<GitSyncState> RequireGitState(const AppRow& app) {
  if (app.git_state.has_value()) return *app.git_state;
  return Error(absl::StatusCode::kFailedPrecondition, reason::kAppNotInGit,
               "The app was never pushed to or created from the repository; push a "
               "version of it first.")
      .With("app_id", app.id);
}

absl::StatusOr<Repository> OpenRepository(const SyncEnvironment& env,
                                          const GitConfigRow& config) {
  Repository repository;
  repository.mirror_id = config.mirror_id;
  ASSIGN_OR_RETURN(repository.remote.url,
                   ParseGitUrl(config.git_url, env.allow_file_remotes));
  repository.remote.circuit = CircuitOf(config);
  repository.remote.organization = config.organization_id;
  repository.remote.login_proved = config.proved_etag == config.etag;
  if (repository.remote.url.scheme == GitUrl::Scheme::kFile) return repository;
  ASSIGN_OR_RETURN(Secret secret,
                   env.sealer->Open(config.sealed_secret,
                                    GitSecretIdentity(config.organization_id)));
  if (config.kind == CredentialKind::kSsh) {
    repository.remote.credentials = SshCredentials{.key_id = config.public_key,
                                                   .private_key = std::move(secret),
                                                   .pinned_host_key = config.host_key,
                                                   .expected_fingerprint = ""};
  } else if (config.kind == CredentialKind::kGitHubApp) {
    repository.remote.credentials =
        GitHubAppCredentials{.app_id = config.github_app_id,
                             .installation_id = config.github_app_installation_id,
                             .private_key = std::move(secret),
                             .key_id = config.app_key_fingerprint,
                             .api_url = GitHubApiUrl(config, repository.remote.url),
                             .ca_certificate = config.ca_certificate};
  } else {
    repository.remote.credentials =
        HttpsCredentials{.username = config.username,
                         .token = std::move(secret),
                         .ca_certificate = config.ca_certificate};
  }
  return repository;
}

absl::Status CheckSameRepository(const Transaction& tx, const GitConfigRow& config) {
  const absl::StatusOr<GitConfigRow> now = tx.git_configs().Get(config.organization_id);
  if (now.ok() && now->mirror_id == config.mirror_id) return absl::OkStatus();
  if (!now.ok() && !absl::IsNotFound(now.status())) return now.status();
  return Error(absl::StatusCode::kAborted, reason::kEtagMismatch,
               "The organization's git configuration was changed meanwhile; repeat the "
               "request.");
}

WorkerPool::Lane WriteLane(const GitConfigRow& config, absl::string_view branch) {
  return {config.organization_id, absl::StrCat(config.mirror_id, "/", branch)};
}

WorkerPool::Lane ReadLane(const GitConfigRow& config) {
  // "#" can't start the branch part of a lane's name, so no branch has this lane.
  return {config.organization_id, absl::StrCat(config.mirror_id, "#read")};
}

WorkerPool::Lane CreateLane(const GitConfigRow& config) {
  return {config.organization_id, absl::StrCat(config.mirror_id, "#create")};
}

WorkerPool::Lane FinalizeLane(const GitConfigRow& config) {
  return {config.organization_id, absl::StrCat(config.mirror_id, "#finalize")};
}

absl::StatusOr<bool> BranchWasSynced(const Transaction& tx, const GitConfigRow& config,
                                     const std::optional<GitSyncState>& state) {
  if (state.has_value() && state->ref == config.branch) return true;
  return tx.apps().AnySyncedWith(config.organization_id, config.branch);
}

absl::StatusOr<ResolvedRef> ResolveConfiguredBranch(
    const SyncEnvironment& env, const GitConfigRow& config,
    const Repository& repository, const std::function<void(GitPhase)>& on_phase,
    const Context& context) {
  // By full name, because a tag may have the same short name.
  absl::StatusOr<ResolvedRef> tip = env.engine->Resolve(
      repository, absl::StrCat("refs/heads/", config.branch), on_phase, context);
  if (ReasonOf(tip.status()) != reason::kGitRefNotFound) return tip;
  const RemoteBranches branches = BranchesOf(tip.status());
  return branches.empty() ? tip.status() : BranchMissing(config.branch, branches);
}

std::function<void(GitPhase)> PhaseHook(OperationRunner::Run& run) {
  return [&run](GitPhase phase) { run.SetPhase(ToPhase(phase)); };
}

std::string AppsFolder(const GitConfigRow& config) {
  return config.path_prefix.empty() ? "apps"
                                    : absl::StrCat(config.path_prefix, "/apps");
}

std::string GitAppIdOf(absl::string_view manifest_file) {
  absl::StatusOr<AppManifest> manifest = ReadManifest(manifest_file);
  return manifest.ok() ? std::move(manifest->git_app_id) : "";
}

absl::StatusOr<std::shared_ptr<const FolderListing>> ListApps(
    const SyncEnvironment& env, const GitConfigRow& config,
    const Repository& repository, absl::string_view commit_id) {
  return env.engine->ListFolders(repository, commit_id, AppsFolder(config),
                                 kManifestFile, &GitAppIdOf);
}

absl::StatusOr<AppInGit> ReadAppInGit(const SyncEnvironment& env,
                                      const GitConfigRow& config,
                                      const Repository& repository,
                                      absl::string_view commit_id,
                                      absl::string_view git_app_id,
                                      absl::string_view last_folder) {
  ASSIGN_OR_RETURN(const std::shared_ptr<const FolderListing> listing,
                   ListApps(env, config, repository, commit_id));
  const std::string parent = AppsFolder(config);
  ASSIGN_OR_RETURN(const FolderEntry* const entry,
                   FindOnly(*listing, parent, git_app_id));
  if (entry == nullptr && last_folder.empty()) {
    return AppNotInGit(git_app_id, commit_id);
  }
  // If its app.json is broken, reading the last folder tells how.
  absl::StatusOr<AppInGit> app = ReadFrom(
      env, repository, commit_id, git_app_id,
      entry == nullptr ? last_folder : absl::StrCat(parent, "/", entry->folder));
  if (absl::IsNotFound(app.status()) && !last_folder.empty()) {
    return DeletedInGit(last_folder, commit_id);
  }
  return app;
}

}  // namespace gitsync
