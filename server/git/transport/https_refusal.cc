#include "server/git/transport/https_refusal.h"

#include <algorithm>
#include <optional>
#include <string>
#include <utility>
#include <variant>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "server/base/error.h"
#include "server/base/printable.h"
#include "server/base/reason.h"
#include "server/git/transport/remote_words.h"
#include "server/http_client/http_url.h"

namespace gitsync {
namespace {

using Code = absl::StatusCode;

// For a remote that does not say how long to wait.
constexpr absl::Duration kUsualWait = absl::Minutes(1);
// Of a redirect's target, what is told.
constexpr size_t kMostTarget = 500;

struct Refusal {
  Refusal(Code its_code, absl::string_view its_reason, std::string its_message,
          std::optional<absl::Duration> its_wait = std::nullopt)
      : code(its_code),
        reason(its_reason),
        message(std::move(its_message)),
        wait(its_wait) {}

  Code code;
  absl::string_view reason;
  std::string message;
  std::optional<absl::Duration> wait;
};

// The login as the remote's administrator knows it.
std::string LoginName(const Remote& remote) {
  const auto* app = std::get_if<GitHubAppCredentials>(&remote.credentials);
  if (app == nullptr) return "the user name or token";
  return absl::StrCat("the token of GitHub App ", app->app_id, ", installation ",
                      app->installation_id);
}

Refusal AuthFailed(const std::string& how, const Remote& remote) {
  return Refusal(
      Code::kUnauthenticated, reason::kRemoteAuthFailed,
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

Refusal Redirected(const HttpResponse& answer, const std::string& http,
                   const std::string& url, const Remote& remote) {
  const std::string target =
      RedirectTarget(url, std::string(answer.Header("location")));
  const auto origin = ParseHttpsUrl(target);
  std::string advice =
      " Only a redirect to another repository of the same host is followed: correct "
      "the git URL, or the token if that leads to a sign-in page.";
  if (origin.ok() && origin->host != remote.url.host) {
    advice =
        " Credentials are not sent to another host: if the repository has moved "
        "there, configure that URL.";
  }
  return Refusal(
      Code::kNotFound, reason::kRemoteRepositoryNotFound,
      absl::StrCat("The remote redirects to ",
                   target.empty() ? "a place that is not https"
                                  : PrintableLine(absl::StripSuffix(
                                        target.substr(0, kMostTarget), "/info/refs")),
                   http, advice));
}

Refusal RefusalOf(const HttpResponse& answer, absl::string_view words,
                  const std::string& url, GitService service, const Remote& remote) {
  const int status = answer.status;
  const std::string http = absl::StrCat(" (HTTP ", status, ").");
  const std::string said =
      words.empty() ? "" : absl::StrCat(" The remote said: ", words);
  const bool pushes = service == GitService::kReceivePack;
  if (IsRateLimit(answer, words)) {
    return Refusal(Code::kResourceExhausted, reason::kRemoteRateLimited,
                   absl::StrCat("The remote takes no more requests for now", http,
                                " Repeat the request later.", said),
                   RetryAfterOf(answer).value_or(kUsualWait));
  }
  if (status < 300) {
    return Refusal(
        Code::kInternal, reason::kRemoteProtocolError,
        absl::StrCat("The remote answered with ",
                     answer.Header("content-type").empty()
                         ? "something without a type"
                         : PrintableLine(answer.Header("content-type")),
                     http,
                     " where git was expected. Check that the URL names a git "
                     "repository, and that neither it nor a proxy on the way "
                     "leads to a sign-in page.",
                     said));
  }
  if (status < 400) {
    return Redirected(answer, http, url, remote);
  }
  switch (status) {
    case 401:
      return AuthFailed(absl::StrCat(http, said), remote);
    case 403:
      if (!pushes) return AuthFailed(absl::StrCat(http, said), remote);
      return Refusal(
          Code::kPermissionDenied, reason::kRemoteReadOnly,
          absl::StrCat("The remote does not let ", LoginName(remote), " write", http,
                       " Give it write access to the repository, or remove "
                       "what makes the repository read-only.",
                       said));
    case 404:
    case 410:
      return Refusal(
          Code::kNotFound, reason::kRemoteRepositoryNotFound,
          absl::StrCat("The remote has no such repository, or hides it from ",
                       LoginName(remote), http,
                       " Check the URL's path, and that access to this "
                       "repository was given.",
                       said));
    case 411:
      return Refusal(Code::kFailedPrecondition, reason::kRemoteRejected,
                     absl::StrCat("The remote takes no push of this size without being "
                                  "told its length before",
                                  http,
                                  " Have that allowed there (\"Transfer-Encoding: "
                                  "chunked\"), or push less at once.",
                                  said));
    case 413:
      return Refusal(Code::kFailedPrecondition, reason::kRemoteRejected,
                     absl::StrCat("The push is larger than the remote takes", http,
                                  " Have its limit for request bodies raised, or push "
                                  "less at once.",
                                  said));
    default:
      break;
  }
  if (status < 500) {
    return Refusal(Code::kFailedPrecondition, reason::kRemoteRejected,
                   absl::StrCat("The remote refused the request", http,
                                said.empty() ? " Check the git URL." : said));
  }
  return Refusal(Code::kUnavailable, reason::kRemoteUnreachable,
                 absl::StrCat("The remote failed", http,
                              " Repeat the request, and if it goes on, look at the "
                              "remote's own log.",
                              said),
                 RetryAfterOf(answer));
}

}  // namespace

absl::Status HttpsRefusal(const HttpResponse& answer, absl::string_view words,
                          const std::string& url, GitService service,
                          const Remote& remote) {
  const Refusal refusal = RefusalOf(answer, words, url, service, remote);
  Error error(refusal.code, refusal.reason, refusal.message);
  error.With(kHttpStatus, absl::StrCat(answer.status));
  if (refusal.wait.has_value()) error.RetryAfter(*refusal.wait);
  return error;
}

bool IsRefusal(int status) {
  switch (status) {
    case 408:  // the time for the request was up
    case 409:  // something else is under way
    case 421:  // not by this connection
    case 425:  // perhaps sent twice
    case 499:  // the client was gone
      return false;
    default:
      return status >= 400 && status < 500;
  }
}

}  // namespace gitsync
