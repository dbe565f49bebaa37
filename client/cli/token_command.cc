#include <map>
#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "client/cli/commands.h"
#include "client/cli/report_error.h"
#include "client/cli/text.h"

namespace gitsync::cli {
namespace {

const std::map<std::string, v1::Role>& Roles() {
  static const auto* const roles = new std::map<std::string, v1::Role>{
      {"viewer", v1::ROLE_VIEWER},
      {"editor", v1::ROLE_EDITOR},
      {"org_admin", v1::ROLE_ORG_ADMIN},
      {"admin", v1::ROLE_ADMIN},
  };
  return *roles;
}

std::string RoleName(v1::Role role) {
  for (const auto& [name, value] : Roles()) {
    if (value == role) return name;
  }
  return "unknown";
}

struct TokenOptions {
  std::string id;
  std::string name;
  std::string org;
  v1::Role role = v1::ROLE_UNSPECIFIED;
  std::string expires_in;
  bool yes = false;
  int64_t limit = 0;
};

absl::Status Create(Session& session, TokenOptions& options) {
  v1::CreateAccessTokenRequest request;
  request.set_name(options.name);
  request.set_role(options.role);
  if (options.role != v1::ROLE_ADMIN || !options.org.empty()) {
    GITSYNC_CLI_ASSIGN_OR_RETURN(*request.mutable_organization_id(),
                                 session.OrganizationId(options.org));
  }
  if (!options.expires_in.empty()) {
    absl::Duration lifetime;
    if (!absl::ParseDuration(options.expires_in, &lifetime) ||
        lifetime <= absl::ZeroDuration()) {
      return UsageError("--expires-in takes a duration, for example 720h.");
    }
    request.mutable_expire_time()->set_seconds(
        absl::ToUnixSeconds(absl::Now() + lifetime));
  }
  GITSYNC_CLI_ASSIGN_OR_RETURN(
      const auto created,
      session.Call(&v1::AccessTokenService::Stub::CreateAccessToken, request));
  if (session.output().json()) {
    session.output().Json(created);
    return absl::OkStatus();
  }
  session.output().Note(absl::StrCat("Created token ", created.access_token().id(),
                                     " (", RoleName(created.access_token().role()),
                                     "). Keep it: it is not shown again."));
  session.output().Line(created.secret());
  return absl::OkStatus();
}

absl::Status List(Session& session, TokenOptions& options) {
  v1::ListAccessTokensRequest request;
  if (!options.org.empty()) {
    GITSYNC_CLI_ASSIGN_OR_RETURN(*request.mutable_organization_id(),
                                 session.OrganizationId(options.org));
  }
  GITSYNC_CLI_ASSIGN_OR_RETURN(
      const auto list, session.ListAll(&v1::AccessTokenService::Stub::ListAccessTokens,
                                       request, options.limit));
  if (session.output().json()) {
    session.output().Json(list);
    return absl::OkStatus();
  }
  std::vector<Row> rows;
  for (const v1::AccessToken& token : list.access_tokens()) {
    rows.push_back({token.id(), token.name(), RoleName(token.role()),
                    token.organization_id(), FormatTime(token.create_time()),
                    FormatTime(token.expire_time()), FormatTime(token.revoke_time())});
  }
  session.output().Table(
      {"ID", "NAME", "ROLE", "ORGANIZATION", "CREATED", "EXPIRES", "REVOKED"}, rows);
  return absl::OkStatus();
}

bool IsInForce(const v1::AccessToken& token) {
  return !token.has_revoke_time() &&
         (!token.has_expire_time() ||
          token.expire_time().seconds() > absl::ToUnixSeconds(absl::Now()));
}

// Describes what people lose when the token is revoked; empty if others remain for
// them. The server itself prevents revoking the last administrator's token.
std::string LossBy(const v1::ListAccessTokensResponse& list, const std::string& id) {
  const v1::AccessToken* revoked = nullptr;
  for (const v1::AccessToken& token : list.access_tokens()) {
    if (token.id() == absl::AsciiStrToLower(id)) revoked = &token;
  }
  if (revoked == nullptr || !IsInForce(*revoked)) return "";
  if (revoked->current()) {
    return "This revokes the token that you use now: nothing can be done with it any "
           "more.";
  }
  if (revoked->role() == v1::ROLE_ADMIN) return "";
  const bool administers = revoked->role() == v1::ROLE_ORG_ADMIN;
  for (const v1::AccessToken& token : list.access_tokens()) {
    const bool other = token.id() != revoked->id() && IsInForce(token) &&
                       token.organization_id() == revoked->organization_id();
    if (other && (!administers || token.role() == v1::ROLE_ORG_ADMIN)) return "";
  }
  return absl::StrCat("This revokes the last token ",
                      administers ? "of role org_admin " : "", "of the organization ",
                      revoked->organization_id(),
                      ": only an administrator of the server can make another one.");
}

absl::Status Revoke(Session& session, TokenOptions& options) {
  v1::RevokeAccessTokenRequest request;
  request.set_access_token_id(options.id);
  if (!options.yes) {
    GITSYNC_CLI_ASSIGN_OR_RETURN(
        const auto list,
        session.ListAll(&v1::AccessTokenService::Stub::ListAccessTokens,
                        v1::ListAccessTokensRequest()));
    const std::string loss = LossBy(list, options.id);
    const absl::Status confirmed = session.Confirm(loss, loss.empty());
    if (!confirmed.ok()) return confirmed;
  }
  GITSYNC_CLI_ASSIGN_OR_RETURN(
      const auto nothing,
      session.Call(&v1::AccessTokenService::Stub::RevokeAccessToken, request));
  if (session.output().json()) session.output().Json(nothing);
  session.output().Note(absl::StrCat("Revoked token ", options.id, "."));
  return absl::OkStatus();
}

}  // namespace

void AddTokenCommands(CLI::App& root, Action& action) {
  CLI::App* token = AddGroup(root, "token", "Access tokens");

  auto options = std::make_shared<TokenOptions>();
  CLI::App* create = token->add_subcommand(
      "create", "Create a token, and print its secret alone on standard output");
  create->add_option("NAME", options->name, "What the token is for")->required();
  create->add_option("--role", options->role, "viewer, editor, org_admin or admin")
      ->required()
      ->transform(CLI::CheckedTransformer(Roles(), CLI::ignore_case).description(""))
      ->type_name("ROLE");
  AddOrgOption(*create, options->org);
  create->add_option("--expires-in", options->expires_in,
                     "How long it works, for example 720h; for ever if not given");
  Runs(*create, action, options, Create);

  options = std::make_shared<TokenOptions>();
  CLI::App* list = token->add_subcommand("list", "List tokens, without their secrets");
  list->add_option("--org", options->org, "Only this organization's, by id or name");
  AddLimitOption(*list, options->limit);
  Runs(*list, action, options, List);

  options = std::make_shared<TokenOptions>();
  CLI::App* revoke = token->add_subcommand("revoke", "Make a token useless at once");
  revoke->add_option("TOKEN_ID", options->id, "Id of the token")->required();
  AddYesOption(*revoke, options->yes);
  Runs(*revoke, action, options, Revoke);
}

}  // namespace gitsync::cli
