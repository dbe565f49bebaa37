#ifndef GITSYNC_SERVER_GITHUB_JWT_H_
#define GITSYNC_SERVER_GITHUB_JWT_H_

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "server/base/secret.h"

namespace gitsync {

// Makes the JSON Web Token by which a GitHub App says who it is: signed with RS256 by
// the App's private key (PEM), issued by `app_id` (the App's number, or its client id).
//
// `now` is the time at GitHub as well as it is known. The token counts as issued a
// minute before, and is good for nine minutes from then: GitHub refuses one from the
// future, and one that is good for more than ten minutes.
//
// INTERNAL if the key is none: the configuration's checks let only good ones in.
absl::StatusOr<Secret> SignAppJwt(absl::string_view app_id, const Secret& private_key,
                                  absl::Time now);

}  // namespace gitsync

#endif  // GITSYNC_SERVER_GITHUB_JWT_H_
