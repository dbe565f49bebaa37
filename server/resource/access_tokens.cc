#include "server/resource/access_tokens.h"

#include "absl/strings/str_cat.h"
#include "server/base/error.h"
#include "server/base/reason.h"
#include "server/base/status_macros.h"
#include "server/base/uuid.h"
#include "server/resource/access.h"
#include "server/resource/validation.h"
#include "server/security/access_token.h"

namespace gitsync {
namespace {

constexpr size_t kMaxGivenTokenBytes = 512;

bool InForce(const AccessTokenRow& row, absl::Time now) {
  return !row.revoke_time && (!row.expire_time || *row.expire_time > now);
}

absl::Status TokenNotFound(absl::string_view id) {
  return Error(absl::StatusCode::kNotFound, reason::kAccessTokenNotFound,
               "There is no access token with this id among those that your token may "
               "see.")
      .With("access_token_id", id);
}

AccessTokenRow AdminToken(absl::string_view name, const Secret& secret,
                          absl::Time now) {
  AccessTokenRow row;
  row.id = NewUuid();
  row.hash = HashAccessToken(secret);
  row.name = std::string(name);
  row.role = Role::kAdmin;
  row.create_time = now;
  return row;
}

absl::Status EnsureGivenAdminToken(Transaction& tx, const Secret& given,
                                   absl::Time now) {
  RETURN_IF_ERROR(Violations()
                      .RequireVisibleAscii("GITSYNC_ADMIN_TOKEN", given.Reveal(),
                                           kMaxGivenTokenBytes)
                      .ToStatus());
  const AccessTokenRow row = AdminToken("GITSYNC_ADMIN_TOKEN", given, now);
  const absl::StatusOr<AccessTokenRow> known = tx.access_tokens().GetByHash(row.hash);
  if (absl::IsNotFound(known.status())) return tx.access_tokens().Insert(row);
  RETURN_IF_ERROR(known.status());
  if (known->role == Role::kAdmin && InForce(*known, now)) return absl::OkStatus();
  return Error(absl::StatusCode::kFailedPrecondition, reason::kInvalidCredentials,
               "The token given as GITSYNC_ADMIN_TOKEN was revoked, has expired, or "
               "was made for a smaller role; give another one.")
      .With("access_token_id", known->id);
}

}  // namespace

absl::Status CheckCreateAccessToken(const CreateAccessTokenInput& input,
                                    absl::Time now) {
  Violations violations;
  violations.RequireName("name", input.name);
  if (!input.role) {
    violations.Add("role", "must be a role");
  } else if (*input.role != Role::kAdmin) {
    violations.RequireUuid("organization_id", input.organization_id);
  } else if (!input.organization_id.empty()) {
    violations.Add("organization_id", "must be empty for ROLE_ADMIN");
  }
  if (input.expire_time && *input.expire_time <= now) {
    violations.Add("expire_time", "must be in the future");
  }
  return violations.ToStatus();
}

absl::StatusOr<CreatedAccessToken> CreateAccessToken(
    Transaction& tx, const Caller& caller, const CreateAccessTokenInput& input,
    absl::Time now) {
  RETURN_IF_ERROR(CheckCreateAccessToken(input, now));
  CreatedAccessToken created;
  AccessTokenRow& row = created.row;
  row.role = *input.role;
  if (row.role == Role::kAdmin) {
    RETURN_IF_ERROR(RequireRole(caller, Role::kAdmin));
  } else {
    row.organization_id = NormalizeUuid(input.organization_id);
    RETURN_IF_ERROR(
        FindOrganization(tx, caller, row.organization_id, Role::kOrgAdmin).status());
  }
  created.secret = NewAccessTokenSecret();
  row.id = NewUuid();
  row.hash = HashAccessToken(created.secret);
  row.name = TidyName(input.name);
  row.create_time = now;
  row.expire_time = input.expire_time;
  RETURN_IF_ERROR(tx.access_tokens().Insert(row));
  return created;
}

absl::StatusOr<Page<AccessTokenRow>> ListAccessTokens(const Transaction& tx,
                                                      const Caller& caller,
                                                      absl::string_view organization_id,
                                                      PageRequest page) {
  RETURN_IF_ERROR(RequireRole(caller, Role::kOrgAdmin));
  // Empty for an ADMIN, who then sees the tokens of all organizations.
  std::string organization =
      organization_id.empty() ? caller.organization_id : NormalizeUuid(organization_id);
  if (!organization_id.empty()) {
    RETURN_IF_ERROR(
        FindOrganization(tx, caller, organization, Role::kOrgAdmin).status());
  }
  return tx.access_tokens().List(organization, page);
}

absl::Status RevokeAccessToken(Transaction& tx, const Caller& caller,
                               absl::string_view id, absl::Time now) {
  const std::string token_id = NormalizeUuid(id);
  const absl::StatusOr<AccessTokenRow> row = tx.access_tokens().Get(token_id);
  if (!row.ok()) {
    return WithReason(row.status(), absl::StatusCode::kNotFound,
                      TokenNotFound(token_id));
  }
  if (!MaySee(caller, row->organization_id)) return TokenNotFound(token_id);
  RETURN_IF_ERROR(RequireRole(caller, Role::kOrgAdmin));
  if (row->role == Role::kAdmin && InForce(*row, now)) {
    ASSIGN_OR_RETURN(const int admins, tx.access_tokens().CountAdmins(now));
    if (admins <= 1) {
      return Error(absl::StatusCode::kFailedPrecondition, reason::kLastAdminToken,
                   "This is the last token of role ADMIN: nobody could administer the "
                   "server without it. Create another one first.")
          .With("access_token_id", token_id);
    }
  }
  return tx.access_tokens().Revoke(token_id, now);
}

absl::StatusOr<Caller> Authenticate(const Transaction& tx,
                                    const std::vector<Secret>& candidates,
                                    absl::Time now) {
  for (const Secret& candidate : candidates) {
    const std::string hash = HashAccessToken(candidate);
    const absl::StatusOr<AccessTokenRow> row = tx.access_tokens().GetByHash(hash);
    if (absl::IsNotFound(row.status())) continue;
    RETURN_IF_ERROR(row.status());
    if (!ConstantTimeEquals(row->hash, hash) || !InForce(*row, now)) continue;
    return Caller{row->id, row->name, row->role, row->organization_id,
                  row->expire_time.value_or(absl::InfiniteFuture())};
  }
  return Error(absl::StatusCode::kUnauthenticated, reason::kInvalidCredentials,
               "The access token is unknown, expired or revoked; ask an administrator "
               "for a new one.");
}

absl::StatusOr<std::optional<Secret>> EnsureAdminToken(
    Transaction& tx, const std::optional<Secret>& given, absl::Time now) {
  if (given) {
    RETURN_IF_ERROR(EnsureGivenAdminToken(tx, *given, now));
    return std::nullopt;
  }
  ASSIGN_OR_RETURN(const int admins, tx.access_tokens().CountAdmins(now));
  if (admins > 0) return std::nullopt;
  Secret secret = NewAccessTokenSecret();
  RETURN_IF_ERROR(
      tx.access_tokens().Insert(AdminToken("first administrator", secret, now)));
  return std::optional<Secret>(std::move(secret));
}

}  // namespace gitsync
