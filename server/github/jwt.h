#ifndef GITSYNC_SERVER_GITHUB_JWT_H_
#define GITSYNC_SERVER_GITHUB_JWT_H_

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "server/base/secret.h"

namespace gitsync {

// Creates the JSON Web Token with which a GitHub App identifies itself. The App's
// private key (PEM) signs it with RS256; its issuer is `app_id` (the App's number, or
// its client id).
//
// `now` is the best estimate of the time at GitHub. The token counts as issued one
// minute earlier and is valid for nine minutes from then, because GitHub refuses a
// token from the future, and one that is valid for more than ten minutes.
//
// INTERNAL if the key is invalid: the configuration's checks accept only valid ones.
absl::StatusOr<Secret> SignAppJwt(absl::string_view app_id, const Secret& private_key,
                                  absl::Time now);

}  // namespace gitsync

#endif  // GITSYNC_SERVER_GITHUB_JWT_H_
