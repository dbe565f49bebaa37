#ifndef GITSYNC_SERVER_GITHUB_APP_LOGINS_H_
#define GITSYNC_SERVER_GITHUB_APP_LOGINS_H_

#include <list>
#include <memory>
#include <optional>
#include <string>

#include "absl/status/statusor.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"
#include "server/base/clock.h"
#include "server/base/context.h"
#include "server/git/transport/https_logins.h"
#include "server/github/app_api.h"
#include "server/github/app_token.h"
#include "server/http_client/http_client.h"

namespace gitsync {

// Logs in to repositories as a GitHub App, with installation access tokens. Each token
// is for one repository. It is requested when it is needed, and kept in memory until
// shortly before it expires. However many callers wait for a token, it is requested
// once. A caller that goes away does not affect the others. Thread-safe.
class GitHubAppLogins : public HttpsLogins {
 public:
  // Neither `http` nor `clock` is owned. If there are more than `max_tokens` tokens,
  // the least recently used ones are dropped.
  GitHubAppLogins(HttpClient* http, const Clock* clock, size_t max_tokens = 1000)
      : api_(http, clock), clock_(clock), max_tokens_(max_tokens) {}

  // Errors: as RequestAppToken and HttpsLogins.
  absl::StatusOr<HttpsLogin> Get(const Remote& remote, const Context& context) override;

  // Discards the token, so that the next Get requests another one: a token may have
  // been revoked. If a repository's token was replaced a moment ago, the token is kept,
  // because it is not the cause of the refusal.
  bool Reject(const Remote& remote, const HttpsLogin& login) override;

 private:
  // A token request in flight.
  struct Request {
    bool done = false;
    bool abandoned = false;  // its caller went away: the result says nothing to others
    absl::Status status;
  };

  struct Entry {
    std::string key;
    std::optional<HttpsLogin> login;
    absl::Time asked;
    absl::Time renew;
    absl::Time expires;
    absl::Time last_rejection = absl::InfinitePast();
    std::shared_ptr<Request> request;  // null if none is in flight
  };

  // Returns the entry of `key`, which becomes the most recently used one; creates it if
  // there is none. Valid until the lock is released.
  Entry& Touch(const std::string& key) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  // Requests a token, and releases the lock meanwhile. Returns the finished request.
  std::shared_ptr<Request> Ask(const std::string& key, const GitHubAppCredentials& app,
                               const GitUrl& url, const Context& context)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void Keep(Entry& entry, AppToken token) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  // Blocks until the request is done, and releases the lock meanwhile.
  absl::Status Await(const Request& request, const Context& context)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);

  AppApi api_;
  const Clock* const clock_;
  const size_t max_tokens_;
  absl::Mutex mutex_;
  absl::CondVar changed_;
  int64_t tokens_made_ ABSL_GUARDED_BY(mutex_) = 0;
  std::list<Entry> entries_ ABSL_GUARDED_BY(mutex_);  // most recently used first
};

}  // namespace gitsync

#endif  // GITSYNC_SERVER_GITHUB_APP_LOGINS_H_
