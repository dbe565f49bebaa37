#include "server/github/app_token.h"

#include <string>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"
#include "server/base/error.h"
#include "server/base/printable.h"
#include "server/base/reason.h"
#include "server/base/status_macros.h"
#include "server/git/transport/remote_words.h"
#include "server/github/json.h"

namespace gitsync {
namespace {

constexpr absl::Duration kLongestLife = absl::Hours(24);
constexpr size_t kMostTokenBytes = 4096;

struct RepositoryName {
  std::string owner;
  std::string name;
};

RepositoryName NameOf(const GitUrl& url) {
  const std::vector<std::string> parts =
      absl::StrSplit(absl::StripSuffix(absl::StripSuffix(url.path, "/"), ".git"), '/');
  return {parts.size() < 2 ? "" : parts[parts.size() - 2], parts.back()};
}

std::string InstallationPath(const GitHubAppCredentials& app) {
  return absl::StrCat("/app/installations/", app.installation_id);
}

absl::StatusOr<AppApiAnswer> AskForToken(AppApi& api, const GitHubAppCredentials& app,
                                         const std::string& repository,
                                         const std::string& contents,
                                         const Context& context) {
  ASSIGN_OR_RETURN(const std::string quoted, QuoteJson(repository));
  return api.Call(app, "POST", absl::StrCat(InstallationPath(app), "/access_tokens"),
                  absl::StrCat("{\"repositories\":[", quoted,
                               "],\"permissions\":{\"contents\":\"", contents, "\"}}"),
                  context);
}

absl::Status InstallationError(const GitHubAppCredentials& app,
                               absl::string_view what) {
  return AppError(absl::StatusCode::kUnauthenticated, reason::kRemoteAuthFailed, app,
                  kInstallationStep, what);
}

// Explains why there is no such installation.
absl::Status Missing(AppApi& api, const GitHubAppCredentials& app,
                     const Context& context) {
  ASSIGN_OR_RETURN(const AppApiAnswer known, api.Call(app, "GET", "/app", "", context));
  if (known.status != 200) {
    return AppError(absl::StatusCode::kUnauthenticated, reason::kRemoteAuthFailed, app,
                    kAppStep,
                    absl::StrCat("there is no App with this id at ", app.api_url,
                                 ". Check githubAppId and githubEnterpriseApiUrl.",
                                 WordsOf(known.body)));
  }
  return InstallationError(
      app,
      "the App has no installation with this id. Install the App on the account that "
      "owns the repository, or check githubAppInstallationId: it is the number at the "
      "end of the URL of the installation's settings.");
}

absl::Status Forbidden(const GitHubAppCredentials& app, const AppApiAnswer& answer) {
  if (absl::StrContains(WordsOf(answer.body), "suspended")) {
    return InstallationError(app,
                             "the installation is suspended. The owner of its account "
                             "can unsuspend it in the installation's settings.");
  }
  return InstallationError(
      app, absl::StrCat("GitHub does not let the installation in. Look at its settings "
                        "and at the account's restrictions, such as a list of allowed "
                        "IP addresses.",
                        WordsOf(answer.body)));
}

absl::Status NotCovered(const GitHubAppCredentials& app, const RepositoryName& wanted,
                        const std::string& account) {
  const std::string repository = absl::StrCat(wanted.owner, "/", wanted.name);
  const std::string what =
      account.empty() || absl::EqualsIgnoreCase(account, wanted.owner)
          ? absl::StrCat("the installation does not cover the repository ", repository,
                         ". Add it under \"Repository access\" in the installation's "
                         "settings, or check gitUrl.")
          : absl::StrCat("the installation is on the account ", PrintableLine(account),
                         " and can't cover the repository ", repository,
                         ". Use the installation on ", wanted.owner,
                         ", or check gitUrl.");
  return AppError(absl::StatusCode::kNotFound, reason::kRemoteRepositoryNotFound, app,
                  kInstallationStep, what);
}

absl::StatusOr<AppToken> ParseToken(const GitHubAppCredentials& app,
                                    const AppApiAnswer& answer) {
  AppToken token;
  token.asked = answer.sent;
  token.token = Secret(answer.body.Text({"token"}));
  absl::Time expires;
  std::string ignored;
  const bool parsed = absl::ParseTime(
      absl::RFC3339_full, answer.body.Text({"expires_at"}), &expires, &ignored);
  // The token has as much time left by our clock as by GitHub's own.
  const absl::Duration left = expires - (answer.sent + answer.remote_ahead);
  token.expires = answer.sent + left;
  if (!token.token.empty() && token.token.Reveal().size() <= kMostTokenBytes &&
      parsed && left > absl::ZeroDuration() && left <= kLongestLife) {
    return token;
  }
  return AppError(absl::StatusCode::kInternal, reason::kRemoteProtocolError, app,
                  kInstallationStep,
                  absl::StrCat("GitHub's API at ", app.api_url,
                               " answered without a token that is good from now on. If "
                               "that is no proxy's doing, check the server's clock and "
                               "GitHub's."));
}

// If the App may only read, requests a token for that. Otherwise explains the refusal.
absl::StatusOr<AppApiAnswer> AskForLess(AppApi& api, const GitHubAppCredentials& app,
                                        const RepositoryName& wanted,
                                        const Context& context) {
  ASSIGN_OR_RETURN(const AppApiAnswer installation,
                   api.Call(app, "GET", InstallationPath(app), "", context));
  if (installation.status == 404) return Missing(api, app, context);
  if (installation.status != 200) return Forbidden(app, installation);
  const std::string contents = installation.body.Text({"permissions", "contents"});
  if (contents.empty()) {
    return InstallationError(
        app,
        "the App may not read the contents of repositories. Give it the permission "
        "\"Contents: Read and write\" in the App's settings, and accept it in the "
        "installation's.");
  }
  if (contents == "read") {
    ASSIGN_OR_RETURN(AppApiAnswer answer,
                     AskForToken(api, app, wanted.name, "read", context));
    if (answer.status != 422) return answer;
  }
  return NotCovered(app, wanted, installation.body.Text({"account", "login"}));
}

}  // namespace

absl::StatusOr<AppToken> RequestAppToken(AppApi& api, const GitHubAppCredentials& app,
                                         const GitUrl& url, const Context& context) {
  const RepositoryName wanted = NameOf(url);
  ASSIGN_OR_RETURN(AppApiAnswer answer,
                   AskForToken(api, app, wanted.name, "write", context));
  if (answer.status == 422) {
    ASSIGN_OR_RETURN(answer, AskForLess(api, app, wanted, context));
  }
  if (answer.status == 404) return Missing(api, app, context);
  if (answer.status == 403) return Forbidden(app, answer);
  return ParseToken(app, answer);
}

}  // namespace gitsync
