// Who may do what.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/integration/installation.h"

namespace gitsync {
namespace {

using absl::StatusCode;
using ::testing::HasSubstr;
using ::testing::SizeIs;

TEST(AccessTest, MissingAndWrongTokensAreToldApart) {
  const GitsyncdProcess server;
  Api admin(server.endpoint(), server.AdminToken());
  const std::string dev = admin.CreateOrganization("dev");
  Api nobody(server.endpoint(), "");
  Api wrong(server.endpoint(), server.AdminToken() + "x");

  EXPECT_THAT(nobody.ListApps(dev),
              StatusIs(StatusCode::kUnauthenticated, "MISSING_CREDENTIALS"));
  const auto refused = wrong.ListApps(dev);
  EXPECT_THAT(refused, StatusIs(StatusCode::kUnauthenticated, "INVALID_CREDENTIALS"));
  EXPECT_FALSE(client::ErrorOf(refused.status()).request_id.empty());
}

using AccessToRemoteTest = TransportTest;
GITSYNC_OVER_EACH_TRANSPORT(AccessToRemoteTest);

TEST_P(AccessToRemoteTest, RolesAndOrganizationsAreKeptApart) {
  Installation gitsync({.transport = GetParam()});
  Api& admin = gitsync.api();
  const std::string endpoint = gitsync.server().endpoint();
  const AppAndVersion app = admin.CreateApp(gitsync.dev(), "Shop", kDefinition);
  Api viewer(endpoint, admin.CreateToken(gitsync.dev(), v1::ROLE_VIEWER));
  Api editor(endpoint, admin.CreateToken(gitsync.dev(), v1::ROLE_EDITOR));
  Api stranger(endpoint, admin.CreateToken(gitsync.staging(), v1::ROLE_ORG_ADMIN));
  const std::string head = gitsync.remote().Head();

  EXPECT_OK(viewer.GetVersion(app));
  EXPECT_THAT(viewer.Push(app, "Viewed"),
              StatusIs(StatusCode::kPermissionDenied, "ROLE_REQUIRED"));
  EXPECT_THAT(editor.ConfigureSsh(gitsync.dev(), gitsync.url()),
              StatusIs(StatusCode::kPermissionDenied, "ROLE_REQUIRED"));
  v1::CreateOrganizationRequest create;
  create.set_name("mine");
  EXPECT_THAT(
      editor.client().Call(&v1::OrganizationService::Stub::CreateOrganization, create),
      StatusIs(StatusCode::kPermissionDenied, "ROLE_REQUIRED"));
  // Another organization's ids answer as if they did not exist.
  EXPECT_THAT(stranger.GetApp(app.app_id),
              StatusIs(StatusCode::kNotFound, "APP_NOT_FOUND"));
  EXPECT_THAT(stranger.Push(app, "Stolen"),
              StatusIs(StatusCode::kNotFound, "APP_NOT_FOUND"));
  EXPECT_THAT(stranger.Promote(app.app_id),
              StatusIs(StatusCode::kNotFound, "APP_NOT_FOUND"));
  EXPECT_THAT(stranger.ListApps(gitsync.dev()),
              StatusIs(StatusCode::kNotFound, "ORGANIZATION_NOT_FOUND"));
  EXPECT_THAT(stranger.GetGitConfig(gitsync.dev()),
              StatusIs(StatusCode::kNotFound, "ORGANIZATION_NOT_FOUND"));
  EXPECT_EQ(gitsync.remote().Head(), head);

  ASSERT_OK_AND_ASSIGN(const auto pushed, editor.Push(app, "Edited"));
  EXPECT_THAT(gitsync.remote().Git({"log", "-1", "--format=%an"}),
              HasSubstr("ROLE_EDITOR"));
  ASSERT_OK_AND_ASSIGN(const auto operation, viewer.LastOperation(app.app_id));
  EXPECT_EQ(operation.id(), pushed.operation().id());
  v1::GetOperationRequest get;
  get.set_operation_id(operation.id());
  EXPECT_THAT(stranger.client().Call(&v1::OperationService::Stub::GetOperation, get),
              StatusIs(StatusCode::kNotFound, "OPERATION_NOT_FOUND"));
}

TEST(AccessTest, RevokedTokenIsUselessAtOnce) {
  const GitsyncdProcess server;
  Api admin(server.endpoint(), server.AdminToken());
  const std::string dev = admin.CreateOrganization("dev");
  Api viewer(server.endpoint(), admin.CreateToken(dev, v1::ROLE_VIEWER));
  ASSERT_OK(viewer.ListApps(dev));
  v1::ListAccessTokensRequest list;
  list.set_organization_id(dev);
  ASSERT_OK_AND_ASSIGN(
      const auto tokens,
      admin.client().Call(&v1::AccessTokenService::Stub::ListAccessTokens, list));
  ASSERT_THAT(tokens.access_tokens(), SizeIs(1));

  v1::RevokeAccessTokenRequest revoke;
  revoke.set_access_token_id(tokens.access_tokens(0).id());
  ASSERT_OK(
      admin.client().Call(&v1::AccessTokenService::Stub::RevokeAccessToken, revoke));

  EXPECT_THAT(viewer.ListApps(dev),
              StatusIs(StatusCode::kUnauthenticated, "INVALID_CREDENTIALS"));
}

}  // namespace
}  // namespace gitsync
