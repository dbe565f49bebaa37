// The use cases of AccessTokenService, and the check of a caller's token, as functions
// over a transaction.

#ifndef GITSYNC_SERVER_RESOURCE_ACCESS_TOKENS_H_
#define GITSYNC_SERVER_RESOURCE_ACCESS_TOKENS_H_

#include <optional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "server/base/secret.h"
#include "server/resource/caller.h"
#include "storage/store.h"

namespace gitsync {

struct CreateAccessTokenInput {
  std::string name;
  std::optional<Role> role;     // nullopt: not a role, refused
  std::string organization_id;  // empty for Role::kAdmin, and only for it
  std::optional<absl::Time> expire_time;
};

// A token at the only moment when its secret is known.
struct CreatedAccessToken {
  AccessTokenRow row;
  Secret secret;
};

// INVALID_ARGUMENT (INVALID_REQUEST) with everything that is wrong, such as an expiry
// that is not after `now`. Call before the transaction.
absl::Status CheckCreateAccessToken(const CreateAccessTokenInput& input,
                                    absl::Time now);

// Creates the secret and stores its hash. Needs ORG_ADMIN for a token of the caller's
// own organization, ADMIN for any other. NOT_FOUND (ORGANIZATION_NOT_FOUND).
absl::StatusOr<CreatedAccessToken> CreateAccessToken(
    Transaction& tx, const Caller& caller, const CreateAccessTokenInput& input,
    absl::Time now);

// The tokens of one organization, or all that the caller may see if `organization_id`
// is empty. Needs ORG_ADMIN. NOT_FOUND (ORGANIZATION_NOT_FOUND).
absl::StatusOr<Page<AccessTokenRow>> ListAccessTokens(const Transaction& tx,
                                                      const Caller& caller,
                                                      absl::string_view organization_id,
                                                      PageRequest page);

// Makes a token useless; calling it again is harmless. Needs ORG_ADMIN. NOT_FOUND
// (ACCESS_TOKEN_NOT_FOUND), FAILED_PRECONDITION (LAST_ADMIN_TOKEN).
absl::Status RevokeAccessToken(Transaction& tx, const Caller& caller,
                               absl::string_view id, absl::Time now);

// The caller who presents the first of `candidates` (see ParseAuthorization) that is a
// valid token. UNAUTHENTICATED (INVALID_CREDENTIALS), the same for an unknown, an
// expired and a revoked token.
absl::StatusOr<Caller> Authenticate(const Transaction& tx,
                                    const std::vector<Secret>& candidates,
                                    absl::Time now);

// Makes sure that somebody can administer the server; call it at each start.
//
// Without `given`: if no ADMIN token is valid, creates one and returns its secret. The
// caller writes it to a file before the transaction is committed, so that it is never
// lost. Otherwise returns nullopt.
//
// With `given` (GITSYNC_ADMIN_TOKEN): makes it a token of role ADMIN if it is not one
// yet, and returns nullopt; other tokens stay. FAILED_PRECONDITION
// (INVALID_CREDENTIALS) if it is known as revoked, expired or of a lower role;
// INVALID_ARGUMENT (INVALID_REQUEST) if it is not 1 to 512 visible ASCII characters.
absl::StatusOr<std::optional<Secret>> EnsureAdminToken(
    Transaction& tx, const std::optional<Secret>& given, absl::Time now);

}  // namespace gitsync

#endif  // GITSYNC_SERVER_RESOURCE_ACCESS_TOKENS_H_
