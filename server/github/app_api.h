#ifndef GITSYNC_SERVER_GITHUB_APP_API_H_
#define GITSYNC_SERVER_GITHUB_APP_API_H_

#include <map>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"
#include "server/base/clock.h"
#include "server/base/context.h"
#include "server/git/transport/https_logins.h"
#include "server/git/transport/remote.h"
#include "server/github/json.h"
#include "server/http_client/http_client.h"

namespace gitsync {

// An answer from GitHub's API.
struct AppApiAnswer {
  int status = 0;  // 2xx, 403, 404 or 422
  JsonObject body;
  absl::Time sent;              // when the request was sent, by our clock
  absl::Duration remote_ahead;  // how far GitHub's clock is ahead of ours
};

// Calls GitHub's REST API as an App, with requests signed by the App's key. Compensates
// for a clock that differs from GitHub's. Sends no request for an installation while
// the API has asked for a pause. Thread-safe.
class AppApi {
 public:
  // Neither is owned.
  AppApi(HttpClient* http, const Clock* clock) : http_(http), clock_(clock) {}

  // Sends a request for `path`, with `body` as JSON if it is not empty. Blocks until
  // the answer arrives, the context's deadline passes, or the call is cancelled.
  //
  // Errors, created by AppError for the step "app":
  //   UNAUTHENTICATED     (REMOTE_AUTH_FAILED) the App's key was refused.
  //   RESOURCE_EXHAUSTED  (REMOTE_RATE_LIMITED) with RetryInfo.
  //   UNAVAILABLE         (REMOTE_UNREACHABLE) the API has a fault, or did not answer.
  //   INTERNAL            (REMOTE_PROTOCOL_ERROR) this is not GitHub's API.
  //   and those of HttpClient::Send.
  absl::StatusOr<AppApiAnswer> Call(const GitHubAppCredentials& app,
                                    const std::string& method, absl::string_view path,
                                    const std::string& body, const Context& context);

 private:
  absl::StatusOr<AppApiAnswer> Judge(const GitHubAppCredentials& app,
                                     const HttpResponse& response, AppApiAnswer answer);
  absl::Status CheckPause(const GitHubAppCredentials& app);
  absl::Status Pause(const GitHubAppCredentials& app, absl::Duration delay);
  absl::Duration RemoteAhead(const std::string& api_url);
  void SetRemoteAhead(const std::string& api_url, absl::Duration ahead);

  HttpClient* const http_;
  const Clock* const clock_;
  absl::Mutex mutex_;
  // By API: how far its clock is ahead of ours, if the difference is known to matter.
  std::map<std::string, absl::Duration> remote_ahead_ ABSL_GUARDED_BY(mutex_);
  // By API and installation: no requests before this time.
  std::map<std::string, absl::Time> paused_until_ ABSL_GUARDED_BY(mutex_);
};

// An error about an App. The message names the App and its installation; `what`
// continues it and ends with what to do. The metadata has `github_app_id`,
// `github_app_installation_id` and `login_step`.
absl::Status AppError(absl::StatusCode code, absl::string_view reason,
                      const GitHubAppCredentials& app, absl::string_view step,
                      absl::string_view what,
                      absl::Duration retry_after = absl::ZeroDuration());

// " GitHub said: ..." with the answer's own message, made printable; empty if the
// answer has no message.
std::string WordsOf(const JsonObject& body);

}  // namespace gitsync

#endif  // GITSYNC_SERVER_GITHUB_APP_API_H_
