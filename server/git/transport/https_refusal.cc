#include "server/git/transport/https_refusal.h"

#include <algorithm>
#include <optional>
#include <string>
#include <variant>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "server/base/error.h"
#include "server/base/reason.h"
#include "server/git/transport/remote_words.h"
#include "server/http_client/http_url.h"

namespace gitsync {
namespace {

using Code = absl::StatusCode;

// For a remote that does not say how long to wait.
constexpr absl::Duration kUsualWait = absl::Minutes(1);

// The login as the remote's administrator knows it.
std::string LoginName(const Remote& remote) {
  const auto* app = std::get_if<GitHubAppCredentials>(&remote.credentials);
  if (app == nullptr) return "the user name or token";
  return absl::StrCat("the token of GitHub App ", app->app_id, ", installation ",
                      app->installation_id);
}

absl::Status AuthFailed(const std::string& how, const Remote& remote) {
  return Error(Code::kUnauthenticated, reason::kRemoteAuthFailed,
               absl::StrCat("The remote refused ", LoginName(remote), how,
                            " Check that it is right, has not expired or been revoked, "
                            "and may read the repository."));
}

// GitHub answers 403 when there are too many requests; what it says of the limit tells
// that from a lack of rights.
bool IsRateLimit(const HttpResponse& answer, absl::string_view words) {
  return answer.status == 429 ||
         (answer.status == 403 &&
          (!answer.Header("retry-after").empty() ||
           answer.Header("x-ratelimit-remaining") == "0" ||
           absl::StrContains(absl::AsciiStrToLower(words), "rate limit")));
}

// The host of a redirect's target, and nothing else of it: the rest may hold a secret.
std::string RedirectHost(const HttpResponse& answer, const Remote& remote) {
  const std::string location(answer.Header("location"));
  if (absl::StartsWith(location, "/") && !absl::StartsWith(location, "//")) {
    return "another path of the same host";
  }
  const auto origin = ParseHttpsUrl(location);
  if (!origin.ok()) return "a place that is not https";
  return origin->host == remote.url.host ? "another path of the same host"
                                         : absl::StrCat("the host ", origin->host);
}

}  // namespace

absl::Status HttpsRefusal(const HttpResponse& answer, absl::string_view words,
                          GitService service, const Remote& remote) {
  const int status = answer.status;
  const std::string http = absl::StrCat(" (HTTP ", status, ").");
  const std::string said =
      words.empty() ? "" : absl::StrCat(" The remote said: ", words);
  const bool pushes = service == GitService::kReceivePack;
  if (IsRateLimit(answer, words)) {
    return Error(Code::kResourceExhausted, reason::kRemoteRateLimited,
                 absl::StrCat("The remote takes no more requests for now", http,
                              " Repeat the request later.", said))
        .RetryAfter(RetryAfterOf(answer).value_or(kUsualWait));
  }
  if (status < 300) {
    return Error(Code::kInternal, reason::kRemoteProtocolError,
                 absl::StrCat("The remote answered with ",
                              answer.Header("content-type").empty()
                                  ? "something without a type"
                                  : PrintableWords(answer.Header("content-type")),
                              http,
                              " where git was expected. Check that the URL names a git "
                              "repository, and that it does not lead to a sign-in "
                              "page."));
  }
  if (status < 400) {
    return Error(
        Code::kNotFound, reason::kRemoteRepositoryNotFound,
        absl::StrCat("The remote redirects to ", RedirectHost(answer, remote), http,
                     " Redirects are not followed: correct the git URL, or the "
                     "token if that leads to a sign-in page."));
  }
  switch (status) {
    case 401:
      return AuthFailed(absl::StrCat(http, said), remote);
    case 403:
      if (!pushes) return AuthFailed(absl::StrCat(http, said), remote);
      return Error(
          Code::kPermissionDenied, reason::kRemoteReadOnly,
          absl::StrCat("The remote does not let ", LoginName(remote), " write", http,
                       " Give it write access to the repository, or remove "
                       "what makes the repository read-only.",
                       said));
    case 404:
    case 410:
      return Error(Code::kNotFound, reason::kRemoteRepositoryNotFound,
                   absl::StrCat("The remote has no such repository, or hides it from ",
                                LoginName(remote), http,
                                " Check the URL's path, and that access to this "
                                "repository was given.",
                                said));
    case 413:
      return Error(Code::kFailedPrecondition, reason::kRemoteRejected,
                   absl::StrCat("The push is larger than the remote takes", http,
                                " Have its limit for request bodies raised, or push "
                                "less at once.",
                                said));
    default:
      break;
  }
  if (status < 500) {
    return Error(Code::kFailedPrecondition, reason::kRemoteRejected,
                 absl::StrCat("The remote refused the request", http,
                              " Check the git URL.", said));
  }
  Error error(Code::kUnavailable, reason::kRemoteUnreachable,
              absl::StrCat("The remote failed", http,
                           " Repeat the request, and if it goes on, look at the "
                           "remote's own log.",
                           said));
  if (const auto wait = RetryAfterOf(answer)) error.RetryAfter(*wait);
  return error;
}

bool TookNothingFor(int status) {
  // From 500 on a gateway may speak, which does not say whether it had passed the push
  // on before, nor what became of it then.
  return status >= 300 && status < 500;
}

}  // namespace gitsync
