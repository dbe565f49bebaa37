#include "server/git/transport/https_tries.h"

#include <variant>

#include "absl/strings/str_cat.h"
#include "server/base/error.h"
#include "server/base/reason.h"
#include "server/git/transport/https_refusal.h"
#include "server/git/transport/next_try.h"

namespace gitsync {
namespace {

// Whose requests a host counts together. Installations of GitHub Apps have one user
// name for all.
std::string AccountOf(const Remote& remote, const HttpsLogin& login) {
  const auto* app = std::get_if<GitHubAppCredentials>(&remote.credentials);
  return absl::StrCat(remote.url.host, "\n", remote.url.port, "\n", login.username,
                      "\n", app == nullptr ? "" : app->installation_id);
}

std::string LoginKey(const Remote& remote, const HttpsLogin& login) {
  return absl::StrCat(AccountOf(remote, login), "\n", remote.circuit, "\n", login.id);
}

}  // namespace

bool HttpsTries::IsProved(const Remote& remote, const std::string& key) const {
  return worked_.contains(key) ||
         (remote.login_proved && refused_.Find(key) == nullptr);
}

absl::Status HttpsTries::Check(const Remote& remote, const HttpsLogin& login,
                               absl::Time now) {
  const std::string account = AccountOf(remote, login);
  const std::string key = LoginKey(remote, login);
  absl::MutexLock lock(&mutex_);
  const bool proved = IsProved(remote, key);
  for (const std::string& held : {key, account}) {
    const auto hold = holds_.find(held);
    if (hold != holds_.end() && now < hold->second.end) {
      return LeftAlone(hold->second.error, "", hold->second.end);
    }
    if (proved) return absl::OkStatus();
  }
  const RefusedLogins::Refusal* const refusal = refused_.Find(key);
  if (refusal != nullptr && !remote.afresh && now < refusal->next_try) {
    return LeftAlone(refusal->error,
                     " That was its last answer: hosts may lock an account after "
                     "logins that fail. A test of the connection tries it now.",
                     refusal->next_try);
  }
  const auto ration = rations_.find(account);
  if (ration == rations_.end()) return absl::OkStatus();
  const absl::Time room = ration->second.NextRoom(now);
  if (room <= now) return absl::OkStatus();
  return LeftAlone(
      Error(absl::StatusCode::kResourceExhausted, reason::kRemoteRateLimited,
            "Too many logins to the git host failed with this user name, which hosts "
            "may answer by locking the account."),
      "", room);
}

void HttpsTries::Note(const Remote& remote, const HttpsLogin& login,
                      const absl::Status& answer, absl::Time now) {
  const std::string account = AccountOf(remote, login);
  const std::string key = LoginKey(remote, login);
  absl::MutexLock lock(&mutex_);
  if (answer.ok()) {
    refused_.Forget(key);
    if (worked_.emplace(key, now).second) {
      std::erase_if(worked_, [now](const auto& entry) {
        return entry.second + RefusedLogins::kKeptTime < now;
      });
    }
  } else if (MetadataOf(answer, kHttpStatus) == "401") {
    refused_.Add(key, answer, now);
    worked_.erase(key);
    std::erase_if(rations_,
                  [now](const auto& entry) { return entry.second.IsIdle(now); });
    rations_.try_emplace(account, kRoom).first->second.Charge(kFailure, now);
  } else if (const auto wait = RetryDelayOf(answer);
             wait.has_value() && ReasonOf(answer) == reason::kRemoteRateLimited) {
    std::erase_if(holds_, [now](const auto& hold) { return hold.second.end < now; });
    holds_[IsProved(remote, key) ? key : account] = {answer, now + *wait};
  }
}

}  // namespace gitsync
