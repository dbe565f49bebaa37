#ifndef GITSYNC_SERVER_SECURITY_ACCESS_TOKEN_H_
#define GITSYNC_SERVER_SECURITY_ACCESS_TOKEN_H_

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "server/base/secret.h"

namespace gitsync {

// A new access token: "gst_" and 43 characters of base64url, 256 random bits.
Secret NewAccessTokenSecret();

// SHA-256 of a token, 32 bytes. This is what is stored.
std::string HashAccessToken(const Secret& token);

// Whether two hashes are equal. The time that this takes does not depend on their
// bytes.
bool ConstantTimeEquals(absl::string_view a, absl::string_view b);

// Returns the tokens that an `authorization` value may contain, most likely first. The
// value is `Bearer T`, `Basic T`, or standard Basic, base64 of `user:T` or `T:`.
// UNAUTHENTICATED (MISSING_CREDENTIALS) if it has none of these forms.
absl::StatusOr<std::vector<Secret>> ParseAuthorization(absl::string_view value);

}  // namespace gitsync

#endif  // GITSYNC_SERVER_SECURITY_ACCESS_TOKEN_H_
