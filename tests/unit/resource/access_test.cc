#include "server/resource/access.h"

#include "server/base/reason.h"
#include "tests/unit/resource/harness.h"

namespace gitsync {
namespace {

using absl::StatusCode;
using testing::HasSubstr;

class AccessTest : public StoreTest {};

TEST(RequireRoleTest, EachRoleIncludesTheOnesBelow) {
  const Role roles[] = {Role::kViewer, Role::kEditor, Role::kOrgAdmin, Role::kAdmin};
  for (const Role has : roles) {
    Caller caller;
    caller.role = has;
    for (const Role needed : roles) {
      const absl::Status status = RequireRole(caller, needed);
      EXPECT_EQ(status.ok(), has >= needed) << status;
    }
  }
}

TEST(RequireRoleTest, ErrorNamesTheRole) {
  const absl::Status status = RequireRole(Viewer("o"), Role::kOrgAdmin);

  EXPECT_THAT(status, StatusIs(StatusCode::kPermissionDenied, reason::kRoleRequired));
  EXPECT_THAT(std::string(status.message()), HasSubstr("ORG_ADMIN"));
  EXPECT_EQ(MetadataOf(status, "required_role"), "ORG_ADMIN");
}

TEST(CheckEtagTest, EmptyMatchesAll) {
  EXPECT_OK(CheckEtag("", "a"));
  EXPECT_OK(CheckEtag("a", "a"));
  EXPECT_THAT(CheckEtag("b", "a"),
              StatusIs(StatusCode::kAborted, reason::kEtagMismatch));
}

TEST(ExplainTest, OnlyABareStatusOfTheCodeIsReplaced) {
  const absl::Status typed =
      Error(StatusCode::kNotFound, reason::kAppNotFound, "no app");
  const absl::Status other =
      Error(StatusCode::kNotFound, reason::kVersionNotFound, "no version");

  EXPECT_EQ(WithReason(absl::NotFoundError(""), StatusCode::kNotFound, typed), typed);
  EXPECT_EQ(WithReason(other, StatusCode::kNotFound, typed), other);
  EXPECT_EQ(WithReason(absl::AbortedError("x"), StatusCode::kNotFound, typed),
            absl::AbortedError("x"));
  EXPECT_OK(WithReason(absl::OkStatus(), StatusCode::kNotFound, typed));
}

TEST(NewEtagTest, IsNewEachTime) { EXPECT_NE(NewEtag(), NewEtag()); }

TEST_F(AccessTest, RowsOfOtherOrganizationsAreNotFoundWhateverTheRole) {
  const std::string own = AddOrganization("Acme");
  const std::string other = AddOrganization("Other");
  const AppRow app = AddApp(other, "orders");
  const OperationRow operation = AddRunningOperation(app, "");
  const Caller caller = Viewer(own);

  const absl::Status read = store_->Read([&](const Transaction& tx) {
    EXPECT_THAT(FindOrganization(tx, caller, other, Role::kOrgAdmin),
                StatusIs(StatusCode::kNotFound, reason::kOrganizationNotFound));
    EXPECT_THAT(FindApp(tx, caller, app.id, Role::kEditor),
                StatusIs(StatusCode::kNotFound, reason::kAppNotFound));
    EXPECT_THAT(FindGitConfig(tx, caller, other, Role::kOrgAdmin),
                StatusIs(StatusCode::kNotFound, reason::kOrganizationNotFound));
    EXPECT_THAT(FindOperation(tx, caller, operation.id, Role::kEditor),
                StatusIs(StatusCode::kNotFound, reason::kOperationNotFound));
    return absl::OkStatus();
  });

  EXPECT_OK(read);
}

TEST_F(AccessTest, OwnRowsNeedTheRole) {
  const std::string own = AddOrganization("Acme");
  const AppRow app = AddApp(own, "orders");
  const OperationRow operation = AddRunningOperation(app, "");
  const Caller caller = Viewer(own);

  const absl::Status read = store_->Read([&](const Transaction& tx) {
    EXPECT_THAT(FindOrganization(tx, caller, own, Role::kEditor),
                StatusIs(StatusCode::kPermissionDenied, reason::kRoleRequired));
    EXPECT_THAT(FindApp(tx, caller, app.id, Role::kEditor),
                StatusIs(StatusCode::kPermissionDenied, reason::kRoleRequired));
    EXPECT_THAT(FindOperation(tx, caller, operation.id, Role::kEditor),
                StatusIs(StatusCode::kPermissionDenied, reason::kRoleRequired));
    EXPECT_THAT(FindGitConfig(tx, caller, own, Role::kViewer),
                StatusIs(StatusCode::kNotFound, reason::kGitNotConfigured));
    EXPECT_OK(FindApp(tx, Editor(own), app.id, Role::kEditor));
    EXPECT_OK(FindOperation(tx, Admin(), operation.id, Role::kEditor));
    return absl::OkStatus();
  });

  EXPECT_OK(read);
}

}  // namespace
}  // namespace gitsync
