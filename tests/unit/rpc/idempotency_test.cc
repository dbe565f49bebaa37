// Repeated requests through the API: the first answer, and one effect.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/unit/rpc/rpc_harness.h"

namespace gitsync {
namespace {

using Code = absl::StatusCode;

class IdempotencyTest : public RpcTest {};

TEST_F(IdempotencyTest, RepeatedRequestGivesTheFirstAnswerAlsoAfterARestart) {
  v1::CreateAppRequest request;
  request.set_organization_id(AddOrganization("Org"));
  request.set_name("Orders");
  request.set_definition(R"({"pages":[]})");
  request.set_request_id("create-1");
  ASSERT_OK_AND_ASSIGN(const v1::App first, CreateApp(request));

  ASSERT_OK_AND_ASSIGN(const v1::App again, CreateApp(request));
  Restart();
  ASSERT_OK_AND_ASSIGN(const v1::App later, CreateApp(request));

  EXPECT_EQ(again.SerializeAsString(), first.SerializeAsString());
  EXPECT_EQ(later.SerializeAsString(), first.SerializeAsString());
  v1::ListAppsRequest list;
  list.set_organization_id(request.organization_id());
  ASSERT_OK_AND_ASSIGN(const auto apps, ListApps(list));
  EXPECT_EQ(apps.apps_size(), 1);
}

TEST_F(IdempotencyTest, SameIdForAnotherRequestIsRefused) {
  v1::CreateOrganizationRequest request;
  request.set_name("First");
  request.set_request_id("create-1");
  ASSERT_OK(CreateOrganization(request));

  request.set_name("Second");

  EXPECT_THAT(CreateOrganization(request),
              StatusIs(Code::kInvalidArgument, reason::kRequestIdReused));
}

TEST_F(IdempotencyTest, IdsOfTwoTokensAreApart) {
  const std::string organization = AddOrganization("Org");
  const std::string token = AddToken(v1::ROLE_EDITOR, organization);
  v1::CreateAppRequest request;
  request.set_organization_id(organization);
  request.set_name("Orders");
  request.set_request_id("create-1");
  ASSERT_OK(CreateApp(request));

  EXPECT_THAT(CreateApp(request, token),
              StatusIs(Code::kAlreadyExists, reason::kAppNameTaken));
}

TEST_F(IdempotencyTest, FailedRequestIsNotKept) {
  v1::CreateAppRequest request;
  request.set_organization_id(NewUuid());
  request.set_name("Orders");
  request.set_request_id("create-1");
  ASSERT_THAT(CreateApp(request),
              StatusIs(Code::kNotFound, reason::kOrganizationNotFound));
  v1::CreateOrganizationRequest organization;
  organization.set_organization_id(request.organization_id());
  organization.set_name("Org");
  ASSERT_OK(CreateOrganization(organization));

  EXPECT_OK(CreateApp(request));
}

TEST_F(IdempotencyTest, SecretOfATokenIsInTheFirstAnswerOnly) {
  v1::CreateAccessTokenRequest request;
  request.set_name("ci");
  request.set_role(v1::ROLE_EDITOR);
  request.set_organization_id(AddOrganization("Org"));
  request.set_request_id("token-1");

  ASSERT_OK_AND_ASSIGN(const auto first, CreateAccessToken(request));
  ASSERT_OK_AND_ASSIGN(const auto again, CreateAccessToken(request));

  EXPECT_NE(first.secret(), "");
  EXPECT_EQ(again.secret(), "");
  EXPECT_EQ(again.access_token().id(), first.access_token().id());
  EXPECT_OK(ListOrganizations({}, first.secret()));
}

TEST_F(IdempotencyTest, RepeatedConfigurationKeepsItsKey) {
  v1::ConfigureSshRequest request;
  request.set_organization_id(AddOrganization("Org"));
  request.set_git_url("git@git.example.com:apps.git");
  request.set_request_id("git-1");

  ASSERT_OK_AND_ASSIGN(const v1::GitConfig first, ConfigureSsh(request));
  ASSERT_OK_AND_ASSIGN(const v1::GitConfig again, ConfigureSsh(request));

  EXPECT_NE(first.ssh().public_key(), "");
  EXPECT_EQ(again.SerializeAsString(), first.SerializeAsString());
}

TEST_F(IdempotencyTest, RepeatedPushIsPushedOnce) {
  const std::string organization = AddOrganization("Org");
  ConnectGit(organization);
  v1::PushAppVersionRequest request = PushOf(AddApp(organization, "Orders"));
  request.set_request_id("push-1");

  ASSERT_OK_AND_ASSIGN(const auto first, PushAppVersion(request));
  ASSERT_OK_AND_ASSIGN(const auto again, PushAppVersion(request));

  EXPECT_TRUE(first.changed());
  EXPECT_EQ(first.commit_id(), std::string(40, 'c'));
  EXPECT_EQ(again.SerializeAsString(), first.SerializeAsString());
  EXPECT_EQ(engine_.pushes(), 1);
}

TEST_F(IdempotencyTest, RepeatedFinalizeGivesTheFirstAnswer) {
  const std::string organization = AddOrganization("Org");
  v1::ConfigureSshRequest configure;
  configure.set_organization_id(organization);
  configure.set_git_url("git@git.example.com:apps.git");
  ASSERT_OK(ConfigureSsh(configure));
  v1::FinalizeGitConfigRequest request;
  request.set_organization_id(organization);
  request.set_request_id("finalize-1");
  ASSERT_OK_AND_ASSIGN(const auto first, FinalizeGitConfig(request));
  engine_.SetStatus(Error(Code::kUnavailable, reason::kRemoteUnreachable, "gone"));

  ASSERT_OK_AND_ASSIGN(const auto again, FinalizeGitConfig(request));

  EXPECT_EQ(first.git_config().state(), v1::GIT_CONFIG_STATE_READY);
  EXPECT_EQ(again.SerializeAsString(), first.SerializeAsString());
  request.set_request_id("finalize-2");
  EXPECT_THAT(FinalizeGitConfig(request),
              StatusIs(Code::kUnavailable, reason::kRemoteUnreachable));
}

}  // namespace
}  // namespace gitsync
