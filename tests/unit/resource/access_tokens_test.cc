#include "server/resource/access_tokens.h"

#include "server/base/reason.h"
#include "server/security/access_token.h"
#include "tests/unit/resource/harness.h"

namespace gitsync {
namespace {

using absl::StatusCode;
using testing::HasSubstr;
using testing::SizeIs;

class AccessTokensTest : public StoreTest {
 protected:
  absl::StatusOr<CreatedAccessToken> Create(const Caller& caller, Role role,
                                            const std::string& organization_id) {
    CreateAccessTokenInput input;
    input.name = " ci ";
    input.role = role;
    input.organization_id = organization_id;
    input.expire_time = expire_time_;
    return Write(
        [&](Transaction& tx) { return CreateAccessToken(tx, caller, input, now_); });
  }
  absl::StatusOr<Caller> Present(const std::vector<Secret>& candidates,
                                 absl::Time now) {
    return Read(
        [&](const Transaction& tx) { return Authenticate(tx, candidates, now); });
  }
  absl::Status Revoke(const Caller& caller, const std::string& id) {
    return Write(
        [&](Transaction& tx) { return RevokeAccessToken(tx, caller, id, now_); });
  }
  absl::StatusOr<std::optional<Secret>> Ensure(const std::optional<Secret>& given) {
    return Write([&](Transaction& tx) { return EnsureAdminToken(tx, given, now_); });
  }

  std::optional<absl::Time> expire_time_;
};

TEST_F(AccessTokensTest, CreatedTokenAuthenticatesAsItsRole) {
  const std::string organization = AddOrganization("Acme");

  ASSERT_OK_AND_ASSIGN(const CreatedAccessToken created,
                       Create(Admin(), Role::kEditor, organization));
  ASSERT_OK_AND_ASSIGN(const Caller caller, Present({created.secret}, now_));

  EXPECT_EQ(caller.token_id, created.row.id);
  EXPECT_EQ(caller.token_name, "ci");
  EXPECT_EQ(caller.role, Role::kEditor);
  EXPECT_EQ(caller.organization_id, organization);
  EXPECT_EQ(created.row.hash, HashAccessToken(created.secret));
}

TEST_F(AccessTokensTest, AnyCandidateThatIsATokenCounts) {
  const std::string organization = AddOrganization("Acme");
  ASSERT_OK_AND_ASSIGN(const CreatedAccessToken created,
                       Create(Admin(), Role::kViewer, organization));

  EXPECT_OK(Present({Secret("no token"), created.secret}, now_));
}

TEST_F(AccessTokensTest, UnknownExpiredAndRevokedTokensAnswerAlike) {
  const std::string organization = AddOrganization("Acme");
  expire_time_ = now_ + absl::Hours(1);
  ASSERT_OK_AND_ASSIGN(const CreatedAccessToken expiring,
                       Create(Admin(), Role::kViewer, organization));
  ASSERT_OK_AND_ASSIGN(const CreatedAccessToken revoked,
                       Create(Admin(), Role::kViewer, organization));
  ASSERT_OK(Revoke(Admin(), revoked.row.id));
  ASSERT_OK(Present({expiring.secret}, now_ + absl::Minutes(59)));

  const auto after_expiry = Present({expiring.secret}, now_ + absl::Hours(1));
  const auto after_revoke = Present({revoked.secret}, now_);
  const auto unknown = Present({Secret("gst_unknown")}, now_);

  EXPECT_THAT(unknown,
              StatusIs(StatusCode::kUnauthenticated, reason::kInvalidCredentials));
  EXPECT_EQ(after_expiry.status(), unknown.status());
  EXPECT_EQ(after_revoke.status(), unknown.status());
}

TEST_F(AccessTokensTest, OrgAdminCreatesOnlyInItsOrganizationAndUpToItsRole) {
  const std::string own = AddOrganization("Acme");
  const std::string other = AddOrganization("Other");

  EXPECT_OK(Create(OrgAdmin(own), Role::kOrgAdmin, own));
  EXPECT_THAT(Create(OrgAdmin(own), Role::kAdmin, ""),
              StatusIs(StatusCode::kPermissionDenied, reason::kRoleRequired));
  EXPECT_THAT(Create(OrgAdmin(own), Role::kViewer, other),
              StatusIs(StatusCode::kNotFound, reason::kOrganizationNotFound));
  EXPECT_THAT(Create(Editor(own), Role::kViewer, own),
              StatusIs(StatusCode::kPermissionDenied, reason::kRoleRequired));
}

TEST_F(AccessTokensTest, CheckListsEveryViolation) {
  CreateAccessTokenInput input;
  input.expire_time = now_;

  const absl::Status status = CheckCreateAccessToken(input, now_);

  EXPECT_THAT(status, StatusIs(StatusCode::kInvalidArgument, reason::kInvalidRequest));
  EXPECT_THAT(std::string(status.message()), HasSubstr("name: "));
  EXPECT_THAT(std::string(status.message()), HasSubstr("role: "));
  EXPECT_THAT(std::string(status.message()), HasSubstr("expire_time: "));
}

TEST_F(AccessTokensTest, CheckWantsAnOrganizationExceptForAdmin) {
  CreateAccessTokenInput viewer;
  viewer.name = "x";
  viewer.role = Role::kViewer;
  CreateAccessTokenInput admin = viewer;
  admin.role = Role::kAdmin;
  admin.organization_id = NewUuid();

  EXPECT_THAT(CheckCreateAccessToken(viewer, now_),
              StatusIs(StatusCode::kInvalidArgument, reason::kInvalidRequest));
  EXPECT_THAT(CheckCreateAccessToken(admin, now_),
              StatusIs(StatusCode::kInvalidArgument, reason::kInvalidRequest));
}

TEST_F(AccessTokensTest, ListShowsWhatTheCallerMaySee) {
  const std::string own = AddOrganization("Acme");
  const std::string other = AddOrganization("Other");
  ASSERT_OK(Create(Admin(), Role::kAdmin, ""));
  ASSERT_OK(Create(Admin(), Role::kViewer, own));
  ASSERT_OK(Create(Admin(), Role::kViewer, other));
  const auto list = [&](const Caller& caller, const std::string& organization) {
    return Read([&](const Transaction& tx) {
      return ListAccessTokens(tx, caller, organization, {0, 100});
    });
  };

  ASSERT_OK_AND_ASSIGN(const auto all, list(Admin(), ""));
  EXPECT_THAT(all.rows, SizeIs(3));
  ASSERT_OK_AND_ASSIGN(const auto of_other, list(Admin(), other));
  EXPECT_THAT(of_other.rows, SizeIs(1));
  ASSERT_OK_AND_ASSIGN(const auto mine, list(OrgAdmin(own), ""));
  ASSERT_THAT(mine.rows, SizeIs(1));
  EXPECT_EQ(mine.rows[0].organization_id, own);
  EXPECT_THAT(list(OrgAdmin(own), other),
              StatusIs(StatusCode::kNotFound, reason::kOrganizationNotFound));
  EXPECT_THAT(list(Editor(own), ""),
              StatusIs(StatusCode::kPermissionDenied, reason::kRoleRequired));
}

TEST_F(AccessTokensTest, RevokeRepeatedIsHarmless) {
  const std::string own = AddOrganization("Acme");
  ASSERT_OK_AND_ASSIGN(const CreatedAccessToken token,
                       Create(Admin(), Role::kViewer, own));

  EXPECT_OK(Revoke(OrgAdmin(own), token.row.id));
  EXPECT_OK(Revoke(OrgAdmin(own), token.row.id));
}

TEST_F(AccessTokensTest, RevokeOfOthersTokensAnswersAsIfThereWereNone) {
  const std::string own = AddOrganization("Acme");
  const std::string other = AddOrganization("Other");
  ASSERT_OK_AND_ASSIGN(const CreatedAccessToken token,
                       Create(Admin(), Role::kViewer, other));
  ASSERT_OK_AND_ASSIGN(const CreatedAccessToken admin,
                       Create(Admin(), Role::kAdmin, ""));

  EXPECT_THAT(Revoke(OrgAdmin(own), token.row.id),
              StatusIs(StatusCode::kNotFound, reason::kAccessTokenNotFound));
  EXPECT_THAT(Revoke(OrgAdmin(own), admin.row.id),
              StatusIs(StatusCode::kNotFound, reason::kAccessTokenNotFound));
  EXPECT_THAT(Revoke(Admin(), NewUuid()),
              StatusIs(StatusCode::kNotFound, reason::kAccessTokenNotFound));
  EXPECT_THAT(Revoke(Editor(other), token.row.id),
              StatusIs(StatusCode::kPermissionDenied, reason::kRoleRequired));
}

TEST_F(AccessTokensTest, LastAdminTokenCannotBeRevoked) {
  ASSERT_OK_AND_ASSIGN(const CreatedAccessToken first,
                       Create(Admin(), Role::kAdmin, ""));
  EXPECT_THAT(Revoke(Admin(), first.row.id),
              StatusIs(StatusCode::kFailedPrecondition, reason::kLastAdminToken));

  ASSERT_OK(Create(Admin(), Role::kAdmin, ""));

  EXPECT_OK(Revoke(Admin(), first.row.id));
}

TEST_F(AccessTokensTest, EnsureCreatesAnAdminTokenOnlyIfThereIsNone) {
  ASSERT_OK_AND_ASSIGN(const std::optional<Secret> first, Ensure(std::nullopt));
  ASSERT_OK_AND_ASSIGN(const std::optional<Secret> second, Ensure(std::nullopt));

  ASSERT_TRUE(first.has_value());
  EXPECT_FALSE(second.has_value());
  ASSERT_OK_AND_ASSIGN(const Caller caller, Present({*first}, now_));
  EXPECT_EQ(caller.role, Role::kAdmin);
}

TEST_F(AccessTokensTest, EnsureMakesTheGivenTokenWork) {
  ASSERT_OK(Ensure(std::nullopt));

  ASSERT_OK_AND_ASSIGN(const std::optional<Secret> first, Ensure(Secret("given")));
  ASSERT_OK_AND_ASSIGN(const std::optional<Secret> again, Ensure(Secret("given")));

  EXPECT_FALSE(first.has_value());
  EXPECT_FALSE(again.has_value());
  ASSERT_OK_AND_ASSIGN(const Caller caller, Present({Secret("given")}, now_));
  EXPECT_EQ(caller.role, Role::kAdmin);
}

TEST_F(AccessTokensTest, EnsureRefusesAGivenTokenThatCannotWork) {
  ASSERT_OK(Ensure(std::nullopt));
  ASSERT_OK(Ensure(Secret("given")));
  ASSERT_OK_AND_ASSIGN(const Caller caller, Present({Secret("given")}, now_));
  ASSERT_OK(Revoke(Admin(), caller.token_id));

  EXPECT_THAT(Ensure(Secret("given")),
              StatusIs(StatusCode::kFailedPrecondition, reason::kInvalidCredentials));
  EXPECT_THAT(Ensure(Secret("two words")),
              StatusIs(StatusCode::kInvalidArgument, reason::kInvalidRequest));
  EXPECT_THAT(Ensure(Secret("")),
              StatusIs(StatusCode::kInvalidArgument, reason::kInvalidRequest));
}

}  // namespace
}  // namespace gitsync
