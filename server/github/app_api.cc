#include "server/github/app_api.h"

#include <algorithm>
#include <optional>

#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "server/base/error.h"
#include "server/base/printable.h"
#include "server/base/reason.h"
#include "server/base/status_macros.h"
#include "server/git/transport/remote_words.h"
#include "server/github/jwt.h"

namespace gitsync {
namespace {

// A JWT tolerates smaller clock differences. The Date header has a resolution of
// seconds, and the answer may take several seconds to arrive.
constexpr absl::Duration kClockTolerance = absl::Seconds(30);
// GitHub asks for this pause if it does not say how long to wait.
constexpr absl::Duration kDefaultPause = absl::Minutes(1);
// GitHub's rate limits reset each hour.
constexpr absl::Duration kLongestPause = absl::Hours(1);
// Limits the memory: whoever configures repositories chooses the URLs used as keys
// here.
constexpr size_t kMostKept = 1000;
constexpr size_t kMostWords = 300;

std::string PauseKey(const GitHubAppCredentials& app) {
  return absl::StrCat(app.api_url, "\n", app.installation_id);
}

std::optional<absl::Time> DateOf(const HttpResponse& response) {
  absl::Time date;
  std::string ignored;
  if (absl::ParseTime("%a, %d %b %Y %H:%M:%S GMT", response.Header("date"), &date,
                      &ignored)) {
    return date;
  }
  return std::nullopt;
}

bool IsRateLimit(const HttpResponse& response, absl::string_view words) {
  if (response.status == 429) return true;
  return response.status == 403 &&
         (!response.Header("retry-after").empty() ||
          response.Header("x-ratelimit-remaining") == "0" ||
          absl::StrContains(words, "rate limit") || absl::StrContains(words, "abuse"));
}

// Returns how long to pause before the next request to the API. `now` is the API's
// time.
absl::Duration PauseOf(const HttpResponse& response, absl::Time now) {
  absl::Duration pause = kDefaultPause;
  int64_t seconds = 0;
  if (absl::SimpleAtoi(response.Header("retry-after"), &seconds)) {
    pause = absl::Seconds(seconds);
  } else if (response.Header("x-ratelimit-remaining") == "0" &&
             absl::SimpleAtoi(response.Header("x-ratelimit-reset"), &seconds)) {
    pause = absl::FromUnixSeconds(seconds) - now;
  }
  return std::clamp(pause, absl::Seconds(1), kLongestPause);
}

}  // namespace

absl::Status AppError(absl::StatusCode code, absl::string_view reason,
                      const GitHubAppCredentials& app, absl::string_view step,
                      absl::string_view what, absl::Duration retry_after) {
  Error error(code, reason,
              absl::StrCat("GitHub App ", app.app_id, ", installation ",
                           app.installation_id, ": ", what));
  error.With("github_app_id", app.app_id)
      .With("github_app_installation_id", app.installation_id)
      .With(kLoginStep, step);
  if (retry_after > absl::ZeroDuration()) error.RetryAfter(retry_after);
  return error;
}

std::string WordsOf(const JsonObject& body) {
  const std::string message = body.Text({"message"});
  if (message.empty()) return "";
  return absl::StrCat(" GitHub said: ", PrintableLine(message.substr(0, kMostWords)));
}

absl::StatusOr<AppApiAnswer> AppApi::Call(const GitHubAppCredentials& app,
                                          const std::string& method,
                                          absl::string_view path,
                                          const std::string& body,
                                          const Context& context) {
  RETURN_IF_ERROR(CheckPause(app));
  HttpRequest request;
  request.method = method;
  request.url = absl::StrCat(app.api_url, path);
  request.headers = {{"Accept", "application/vnd.github+json"},
                     {"X-GitHub-Api-Version", "2022-11-28"}};
  if (!body.empty()) request.headers.emplace_back("Content-Type", "application/json");
  request.body = body;
  request.ca_certificate = app.ca_certificate;
  // Requesting a token twice does no harm.
  request.repeatable = true;
  AppApiAnswer answer;
  answer.remote_ahead = RemoteAhead(app.api_url);
  for (bool first = true;; first = false) {
    answer.sent = clock_->Now();
    const absl::Time signed_at = answer.sent + answer.remote_ahead;
    ASSIGN_OR_RETURN(const Secret jwt,
                     SignAppJwt(app.app_id, app.private_key, signed_at));
    request.authorization = Secret(absl::StrCat("Bearer ", jwt.Reveal()));
    const absl::StatusOr<HttpResponse> response = http_->Send(request, context);
    if (!response.ok()) {
      return AppError(response.status().code(), ReasonOf(response.status()), app,
                      kAppStep,
                      absl::StrCat("no answer of GitHub's API at ", app.api_url, ". ",
                                   response.status().message()));
    }
    const std::optional<absl::Time> date = DateOf(*response);
    if (date.has_value()) answer.remote_ahead = *date - answer.sent;
    if (first && response->status == 401 && date.has_value() &&
        absl::AbsDuration(*date - signed_at) > kClockTolerance) {
      SetRemoteAhead(app.api_url, answer.remote_ahead);
      continue;
    }
    return Judge(app, *response, std::move(answer));
  }
}

absl::StatusOr<AppApiAnswer> AppApi::Judge(const GitHubAppCredentials& app,
                                           const HttpResponse& response,
                                           AppApiAnswer answer) {
  answer.status = response.status;
  const bool readable = response.body.empty() || answer.body.Parse(response.body);
  const std::string words = WordsOf(answer.body);
  if (IsRateLimit(response, words)) {
    return Pause(app, PauseOf(response, answer.sent + answer.remote_ahead));
  }
  if (response.status >= 500) {
    return AppError(
        absl::StatusCode::kUnavailable, reason::kRemoteUnreachable, app, kAppStep,
        absl::StrCat("GitHub's API at ", app.api_url, " answered with HTTP status ",
                     response.status, "; try again later."));
  }
  if (response.status == 401) {
    return AppError(
        absl::StatusCode::kUnauthenticated, reason::kRemoteAuthFailed, app, kAppStep,
        absl::StrCat("GitHub refused the App's private key. Check that the App id is "
                     "right and that the key was not deleted in the App's settings on "
                     "GitHub; if it was, make a new one there and update "
                     "githubAppPrivateKey.",
                     words));
  }
  const bool expected = response.status / 100 == 2 || response.status == 403 ||
                        response.status == 404 || response.status == 422;
  if (readable && expected) return answer;
  return AppError(
      absl::StatusCode::kInternal, reason::kRemoteProtocolError, app, kAppStep,
      absl::StrCat("what answers at ", app.api_url,
                   " is not GitHub's API (HTTP status ", response.status,
                   "). Check githubEnterpriseApiUrl; on GitHub Enterprise it is "
                   "https://HOST/api/v3.",
                   words));
}

absl::Status AppApi::CheckPause(const GitHubAppCredentials& app) {
  const absl::Time now = clock_->Now();
  absl::Duration left;
  {
    absl::MutexLock lock(&mutex_);
    const auto paused = paused_until_.find(PauseKey(app));
    if (paused == paused_until_.end()) return absl::OkStatus();
    if (paused->second <= now) {
      paused_until_.erase(paused);
      return absl::OkStatus();
    }
    left = paused->second - now;
  }
  return AppError(
      absl::StatusCode::kResourceExhausted, reason::kRemoteRateLimited, app, kAppStep,
      absl::StrCat("GitHub's API takes no more requests of this installation for now; "
                   "repeat this in ",
                   absl::FormatDuration(absl::Ceil(left, absl::Seconds(1))), "."),
      left);
}

absl::Status AppApi::Pause(const GitHubAppCredentials& app, absl::Duration delay) {
  {
    absl::MutexLock lock(&mutex_);
    if (paused_until_.size() >= kMostKept) paused_until_.clear();
    absl::Time& until = paused_until_[PauseKey(app)];
    until = std::max(until, clock_->Now() + delay);
  }
  return CheckPause(app);
}

absl::Duration AppApi::RemoteAhead(const std::string& api_url) {
  absl::MutexLock lock(&mutex_);
  const auto found = remote_ahead_.find(api_url);
  return found == remote_ahead_.end() ? absl::ZeroDuration() : found->second;
}

void AppApi::SetRemoteAhead(const std::string& api_url, absl::Duration ahead) {
  absl::MutexLock lock(&mutex_);
  if (remote_ahead_.size() >= kMostKept) remote_ahead_.clear();
  remote_ahead_[api_url] = ahead;
}

}  // namespace gitsync
