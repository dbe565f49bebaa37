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

absl::Status HttpsTries::Check(const Remote& remote, const HttpsLogin& login,
                               absl::Time now) {
  absl::MutexLock lock(&mutex_);
  const auto hold = holds_.find(AccountOf(remote, login));
  if (hold != holds_.end() && now < hold->second.end) {
    return LeftAlone(hold->second.error, "", hold->second.end);
  }
  const RefusedLogins::Refusal* const refusal = refused_.Find(LoginKey(remote, login));
  if (refusal != nullptr && !remote.afresh && now < refusal->next_try) {
    return LeftAlone(refusal->error,
                     " That was its last answer: hosts may lock an account after "
                     "logins that fail. A test of the connection tries it now.",
                     refusal->next_try);
  }
  return absl::OkStatus();
}

void HttpsTries::Note(const Remote& remote, const HttpsLogin& login,
                      const absl::Status& answer, absl::Time now) {
  absl::MutexLock lock(&mutex_);
  if (answer.ok()) {
    refused_.Forget(LoginKey(remote, login));
  } else if (MetadataOf(answer, kHttpStatus) == "401") {
    refused_.Add(LoginKey(remote, login), answer, now);
  } else if (const auto wait = RetryDelayOf(answer);
             wait.has_value() && ReasonOf(answer) == reason::kRemoteRateLimited) {
    std::erase_if(holds_, [now](const auto& hold) { return hold.second.end < now; });
    holds_[AccountOf(remote, login)] = {answer, now + *wait};
  }
}

}  // namespace gitsync
