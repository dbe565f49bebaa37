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

// Logs in to repositories as a GitHub App: with installation access tokens, each for
// one repository, asked for when they are needed and kept in memory until shortly
// before they expire. However many callers wait for a token, it is asked for once; a
// caller that goes away takes nobody with it. Thread-safe.
class GitHubAppLogins : public HttpsLogins {
 public:
  // Neither `http` nor `clock` is owned. Of more than `max_tokens` tokens, those that
  // were not used for longest are forgotten.
  GitHubAppLogins(HttpClient* http, const Clock* clock, size_t max_tokens = 1000)
      : api_(http, clock), clock_(clock), max_tokens_(max_tokens) {}

  // Errors: as RequestAppToken, and those of HttpsLogins.
  absl::StatusOr<HttpsLogin> Get(const Remote& remote, const Context& context) override;

  // Forgets the token, so that the next Get asks for another: a token may be revoked.
  // A repository whose token was replaced a moment ago keeps it: it is not the token
  // that is wrong there.
  bool Reject(const Remote& remote, const HttpsLogin& login) override;

 private:
  // A request for a token that is under way.
  struct Request {
    bool done = false;
    bool abandoned = false;  // whoever made it went away: it says nothing to others
    absl::Status status;
  };

  struct Entry {
    std::string key;
    std::optional<HttpsLogin> login;
    absl::Time asked;
    absl::Time renew;
    absl::Time expires;
    absl::Time last_rejection = absl::InfinitePast();
    std::shared_ptr<Request> request;  // null if none is under way
  };

  // The entry of `key`, now the one that was used last; made if there is none. Valid
  // until the lock is released.
  Entry& Touch(const std::string& key) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  // Asks for a token, without the lock meanwhile. Returns the request, done.
  std::shared_ptr<Request> Ask(const std::string& key, const GitHubAppCredentials& app,
                               const GitUrl& url, const Context& context)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void Keep(Entry& entry, AppToken token) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  // Blocks, without the lock meanwhile, until the request is done.
  absl::Status Await(const Request& request, const Context& context)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);

  AppApi api_;
  const Clock* const clock_;
  const size_t max_tokens_;
  absl::Mutex mutex_;
  absl::CondVar changed_;
  int64_t tokens_made_ ABSL_GUARDED_BY(mutex_) = 0;
  std::list<Entry> entries_ ABSL_GUARDED_BY(mutex_);  // used last first
};

}  // namespace gitsync

#endif  // GITSYNC_SERVER_GITHUB_APP_LOGINS_H_
