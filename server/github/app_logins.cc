#include "server/github/app_logins.h"

#include <algorithm>
#include <utility>
#include <variant>

#include "absl/strings/str_cat.h"
#include "server/base/error.h"
#include "server/base/reason.h"
#include "server/base/status_macros.h"
#include "server/base/steady_clock.h"

namespace gitsync {
namespace {

// GitHub accepts any user name with a token, and documents this one.
constexpr char kUsername[] = "x-access-token";
// A token must outlive the work that starts with it.
constexpr absl::Duration kRenewBefore = absl::Minutes(5);
// At most one refused token is replaced in this period.
constexpr absl::Duration kRejectionPeriod = absl::Minutes(1);

std::string KeyOf(const GitHubAppCredentials& app, const GitUrl& url) {
  return absl::StrCat(app.api_url, "\n", app.app_id, "\n", app.installation_id, "\n",
                      app.key_id, "\n", url.path);
}

}  // namespace

absl::StatusOr<HttpsLogin> GitHubAppLogins::Get(const Remote& remote,
                                                const Context& context) {
  const auto* app = std::get_if<GitHubAppCredentials>(&remote.credentials);
  if (app == nullptr) {
    return Error(absl::StatusCode::kUnauthenticated, reason::kRemoteAuthFailed,
                 "The remote has no GitHub App to log in as; configure one for it.")
        .ToStatus();
  }
  const std::string key = KeyOf(*app, remote.url);
  // Registered before the lock is taken, because the callback takes it.
  const Cancellation::Registration wake = context.cancellation->OnCancel([this] {
    absl::MutexLock lock(&mutex_);
    changed_.SignalAll();
  });
  absl::MutexLock lock(&mutex_);
  for (;;) {
    Entry& entry = Touch(key);
    const absl::Time now = clock_->Now();
    const bool usable = entry.login.has_value() && entry.asked >= app->token_since;
    // Nobody waits for a new token while the old one is still valid.
    const bool good = usable && now < entry.expires;
    if (usable && now < entry.renew) return *entry.login;
    if (const std::shared_ptr<Request> request = entry.request; request != nullptr) {
      if (good) return *entry.login;
      RETURN_IF_ERROR(Await(*request, context));
      if (!request->abandoned && !request->status.ok()) return request->status;
      continue;
    }
    const std::optional<HttpsLogin> old = good ? entry.login : std::nullopt;
    const std::shared_ptr<Request> made = Ask(key, *app, remote.url, context);
    if (made->status.ok()) return *Touch(key).login;
    if (old.has_value() && !made->abandoned) return *old;
    return made->status;
  }
}

bool GitHubAppLogins::Reject(const Remote& remote, const HttpsLogin& login) {
  const auto* app = std::get_if<GitHubAppCredentials>(&remote.credentials);
  if (app == nullptr) return false;
  absl::MutexLock lock(&mutex_);
  Entry& entry = Touch(KeyOf(*app, remote.url));
  // Another caller was refused first, and the token has been replaced since.
  if (!entry.login.has_value() || entry.login->id != login.id) return true;
  const absl::Time now = clock_->Now();
  if (now - entry.last_rejection < kRejectionPeriod) return false;
  entry.last_rejection = now;
  entry.login.reset();
  return true;
}

GitHubAppLogins::Entry& GitHubAppLogins::Touch(const std::string& key) {
  const auto found = std::find_if(entries_.begin(), entries_.end(),
                                  [&](const Entry& entry) { return entry.key == key; });
  if (found != entries_.end()) {
    entries_.splice(entries_.begin(), entries_, found);
    return entries_.front();
  }
  entries_.emplace_front().key = key;
  for (auto it = std::prev(entries_.end());
       entries_.size() > max_tokens_ && it != entries_.begin();) {
    const auto previous = std::prev(it);
    if (it->request == nullptr) entries_.erase(it);
    it = previous;
  }
  return entries_.front();
}

std::shared_ptr<GitHubAppLogins::Request> GitHubAppLogins::Ask(
    const std::string& key, const GitHubAppCredentials& app, const GitUrl& url,
    const Context& context) {
  const auto request = std::make_shared<Request>();
  Touch(key).request = request;
  mutex_.Unlock();
  absl::StatusOr<AppToken> token = RequestAppToken(api_, app, url, context);
  // Checked without our lock: checking under it would reverse the callback's lock
  // order.
  const bool abandoned = !token.ok() && !context.Check().ok();
  mutex_.Lock();
  request->done = true;
  request->abandoned = abandoned;
  request->status = token.status();
  Entry& entry = Touch(key);
  entry.request = nullptr;
  if (token.ok()) Keep(entry, *std::move(token));
  changed_.SignalAll();
  return request;
}

void GitHubAppLogins::Keep(Entry& entry, AppToken token) {
  entry.login = HttpsLogin{.username = kUsername,
                           .token = std::move(token.token),
                           .id = absl::StrCat("github_app ", ++tokens_made_)};
  entry.asked = token.asked;
  entry.expires = token.expires;
  // A short-lived token is renewed after half of its life.
  entry.renew =
      token.expires - std::min(kRenewBefore, (token.expires - token.asked) / 2);
}

absl::Status GitHubAppLogins::Await(const Request& request, const Context& context) {
  while (!request.done) {
    // Checking the cancellation under our lock would reverse the callback's lock order.
    mutex_.Unlock();
    const absl::Status status = context.Check();
    mutex_.Lock();
    RETURN_IF_ERROR(status);
    if (request.done) break;
    // A cancellation between the check and the wait is noticed a little later.
    changed_.WaitWithTimeout(
        &mutex_, std::min(context.deadline - SteadyNow(), absl::Milliseconds(50)));
  }
  return absl::OkStatus();
}

}  // namespace gitsync
