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

std::string LoginOf(const Remote& remote, const HttpsLogin& login) {
  return absl::StrCat(AccountOf(remote, login), "\n", remote.circuit, "\n", login.id);
}

std::string UseOf(const Remote& remote, GitService service, const HttpsLogin& login) {
  return absl::StrCat(LoginOf(remote, login), "\n",
                      service == GitService::kUploadPack ? "read" : "write");
}

}  // namespace

bool HttpsTries::IsProved(const Remote& remote, const std::string& use) const {
  return worked_.Has(use) || (remote.login_proved && refused_.Find(use) == nullptr);
}

const HttpsTries::Hold* HttpsTries::HoldOf(const std::string& name,
                                           absl::Time now) const {
  const auto found = holds_.find(name);
  return found == holds_.end() || found->second.end <= now ? nullptr : &found->second;
}

absl::Status HttpsTries::Check(const Remote& remote, GitService service,
                               const HttpsLogin& login, absl::Time now) {
  if (remote.settles) return absl::OkStatus();
  const std::string account = AccountOf(remote, login);
  const std::string use = UseOf(remote, service, login);
  absl::MutexLock lock(&mutex_);
  const bool proved = IsProved(remote, use);
  const Hold* hold = HoldOf(LoginOf(remote, login), now);
  // One that works has a quota of its own.
  if (hold == nullptr && !proved) hold = HoldOf(account, now);
  if (hold != nullptr) return LeftAlone(hold->error, "", hold->end);
  if (proved) return absl::OkStatus();
  const RefusedLogins::Refusal* const refusal = refused_.Find(use);
  if (refusal != nullptr && !remote.even_if_paused && now < refusal->next_try) {
    return LeftAlone(refusal->error,
                     " That was its last answer: hosts may lock an account after "
                     "logins that fail. A test of the connection tries it now.",
                     refusal->next_try);
  }
  const auto debt = debts_.find(account);
  if (debt == debts_.end() || debt->second.Owed(now) <= kMostOwed) {
    return absl::OkStatus();
  }
  return LeftAlone(
      Error(absl::StatusCode::kResourceExhausted, reason::kRemoteRateLimited,
            "Too many logins to the git host failed with this user name, which hosts "
            "may answer by locking the account."),
      "", now + debt->second.TimeUntil(kMostOwed, now));
}

void HttpsTries::Note(const Remote& remote, GitService service, const HttpsLogin& login,
                      const absl::Status& answer, absl::Time now) {
  const std::string account = AccountOf(remote, login);
  const std::string use = UseOf(remote, service, login);
  absl::MutexLock lock(&mutex_);
  if (answer.ok()) {
    refused_.Forget(use);
    worked_.Add(use, now);
  } else if (MetadataOf(answer, kHttpStatus) == "401") {
    refused_.Add(use, answer, now);
    worked_.Forget(use);
    std::erase_if(debts_, [now](const auto& entry) {
      return entry.second.Owed(now) == absl::ZeroDuration();
    });
    debts_[account].Charge(kFailure, now);
  } else if (const auto wait = RetryDelayOf(answer);
             wait.has_value() && ReasonOf(answer) == reason::kRemoteRateLimited) {
    std::erase_if(holds_, [now](const auto& hold) { return hold.second.end < now; });
    holds_[IsProved(remote, use) ? LoginOf(remote, login) : account] = {answer,
                                                                        now + *wait};
  }
}

}  // namespace gitsync
