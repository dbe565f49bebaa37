#ifndef GITSYNC_SERVER_GITHUB_APP_TOKEN_H_
#define GITSYNC_SERVER_GITHUB_APP_TOKEN_H_

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "server/base/context.h"
#include "server/base/secret.h"
#include "server/git/transport/remote.h"
#include "server/github/app_api.h"

namespace gitsync {

// An installation access token.
struct AppToken {
  Secret token;
  absl::Time asked;    // both by our own clock
  absl::Time expires;  // GitHub gives an hour
};

// Requests a token that may write the contents of the repository that `url` names. If
// the App has only read permission, the token may read them. Blocks as AppApi::Call
// does.
//
// Errors: those of AppApi::Call, and about the installation:
//   UNAUTHENTICATED    (REMOTE_AUTH_FAILED) there is none, it is suspended, or it may
//                      not even read.
//   NOT_FOUND          (REMOTE_REPOSITORY_NOT_FOUND) it does not cover the repository.
//   INTERNAL           (REMOTE_PROTOCOL_ERROR) the answer has no usable token.
absl::StatusOr<AppToken> RequestAppToken(AppApi& api, const GitHubAppCredentials& app,
                                         const GitUrl& url, const Context& context);

}  // namespace gitsync

#endif  // GITSYNC_SERVER_GITHUB_APP_TOKEN_H_
