// The same request id gives the same answer, also after a restart.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/integration/installation.h"

namespace gitsync {
namespace {

using absl::StatusCode;
using ::testing::ElementsAre;
using ::testing::SizeIs;

using RequestIdTest = TransportTest;
GITSYNC_OVER_EACH_TRANSPORT(RequestIdTest);

TEST_P(RequestIdTest, RepeatedAfterARestartGivesTheFirstAnswer) {
  Installation gitsync({.transport = GetParam()});
  v1::CreateAppRequest create;
  create.set_organization_id(gitsync.dev());
  create.set_name("Shop");
  create.set_definition(kDefinition);
  create.set_request_id("create-1");
  ASSERT_OK_AND_ASSIGN(const auto made, gitsync.api().client().Call(
                                            &v1::AppService::Stub::CreateApp, create));
  const AppAndVersion app = {made.id(), made.first_version_id(), made.git_app_id()};
  const auto with_id = [](auto& request) { request.set_request_id("push-1"); };
  ASSERT_OK_AND_ASSIGN(const auto first, gitsync.api().Push(app, "Only once", with_id));
  ASSERT_OK(gitsync.api().UpdateDefinition(app, R"({"changed":true})"));

  gitsync.Restart();
  ASSERT_OK_AND_ASSIGN(
      const auto made_again,
      gitsync.api().client().Call(&v1::AppService::Stub::CreateApp, create));
  ASSERT_OK_AND_ASSIGN(const auto second,
                       gitsync.api().Push(app, "Only once", with_id));
  gitsync.Restart(/*kill=*/true);
  ASSERT_OK_AND_ASSIGN(const auto third, gitsync.api().Push(app, "Only once", with_id));

  EXPECT_EQ(made_again.id(), made.id());
  for (const auto& repeated : {second, third}) {
    EXPECT_EQ(repeated.SerializeAsString(), first.SerializeAsString());
  }
  EXPECT_THAT(gitsync.remote().Log(), ElementsAre("Only once"));
  ASSERT_OK_AND_ASSIGN(const auto apps, gitsync.api().ListApps(gitsync.dev()));
  EXPECT_THAT(apps.apps(), SizeIs(1));
}

TEST_P(RequestIdTest, ReuseForAnotherRequestIsRefused) {
  Installation gitsync({.transport = GetParam()});
  Api& api = gitsync.api();
  const AppAndVersion app = api.CreateApp(gitsync.dev(), "Shop", kDefinition);
  const auto with_id = [](auto& request) { request.set_request_id("id"); };
  ASSERT_OK(api.Push(app, "First", with_id));

  const auto reused = api.Push(app, "Something else", with_id);

  EXPECT_THAT(reused, StatusIs(StatusCode::kInvalidArgument, "REQUEST_ID_REUSED"));
  EXPECT_THAT(gitsync.remote().Log(), ElementsAre("First"));
}

}  // namespace
}  // namespace gitsync
