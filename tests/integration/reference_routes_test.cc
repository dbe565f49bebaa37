// The five routes of the published reference, called one after the other by curl over
// TLS, with nothing between them.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <thread>
#include <vector>

#include "absl/strings/str_cat.h"
#include "tests/integration/github_app_installation.h"

namespace gitsync {
namespace {

using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

class ReferenceRoutesTest : public GitHubAppTest {
 protected:
  Json GetConfig(const std::string& organization) {
    return Do("GET", absl::StrCat("/api/v1/organizations/", organization, "/git"));
  }
  std::string CreateToken(const std::string& role) {
    const Json made = Do("POST", "/api/v1/access-tokens",
                         absl::StrCat(R"({"name": "pipeline", "role": ")", role,
                                      R"(", "organizationId": ")", dev_, "\"}"));
    return made["secret"].text();
  }
};

TEST_F(ReferenceRoutesTest, WorkOneAfterTheOther) {
  const std::string staging = CreateOrganization("staging");
  const App app = CreateApp(R"({"pages":[{"name":"Home"}]})");

  const RestAnswer configured = Configure(dev_, key_);
  EXPECT_EQ(configured.status, 201) << configured.body;
  const RestAnswer pushed = Push(app, "first");
  EXPECT_EQ(pushed.status, 200) << pushed.body;

  const RestAnswer in_staging = Configure(staging, key_);
  EXPECT_EQ(in_staging.status, 201) << in_staging.body;
  const RestAnswer created = Import(app, staging);
  EXPECT_EQ(created.status, 201) << created.body;
  const std::string theirs = created.json()["app"]["id"].text();
  Do("PUT", absl::StrCat("/api/ext/apps/", theirs, "?createMode=git"));
  Do("POST", absl::StrCat("/api/ext/apps/", theirs, "/promote"));

  EXPECT_THAT(remote_.Log(), ElementsAre("first"));
  Do("GET", absl::StrCat("/api/v1/apps/", theirs, "/environments/production"));
  for (const std::string& organization : {dev_, staging}) {
    EXPECT_EQ(GetConfig(organization)["state"].text(), "GIT_CONFIG_STATE_READY");
  }
}

// As the newer reference names them.
TEST_F(ReferenceRoutesTest, OtherNamesAreTheSameRoutes) {
  const App app = CreateApp(R"({"n":1})");

  const RestAnswer configured =
      Configure(dev_, key_, "78910", "/api/ext/organizations/git");
  EXPECT_EQ(configured.status, 201) << configured.body;
  EXPECT_EQ(Push(app, "first").status, 200);
  const Json released =
      Do("POST", absl::StrCat("/api/ext/apps/", app.id, "/git-sync/release"));

  EXPECT_EQ(released["version"]["id"].text(), app.version);
  Do("GET", absl::StrCat("/api/v1/apps/", app.id, "/environments/production"));
}

TEST_F(ReferenceRoutesTest, FirstRouteMayBeRepeated) {
  const App app = CreateApp(R"({"n":1})");
  EXPECT_EQ(Configure(dev_, key_).status, 201);
  EXPECT_EQ(Push(app, "first").status, 200);
  const std::string etag = GetConfig(dev_)["etag"].text();

  const RestAnswer again = Configure(dev_, key_);

  EXPECT_EQ(again.status, 201) << again.body;
  EXPECT_EQ(again.json()["etag"].text(), etag);
  EXPECT_EQ(again.json()["state"].text(), "GIT_CONFIG_STATE_READY");
}

TEST_F(ReferenceRoutesTest, AnotherFinalizedConfigurationIsReplacedWhenAskedTo) {
  const App app = CreateApp(R"({"n":1})");
  EXPECT_EQ(Configure(dev_, key_).status, 201);
  EXPECT_EQ(Push(app, "first").status, 200);
  const std::string etag = GetConfig(dev_)["etag"].text();
  const std::string path = "/api/ext/organization/git";

  const RestAnswer refused = Configure(dev_, key_, "55555");
  const RestAnswer stale =
      Configure(dev_, key_, "55555", path, R"("etag": "stale", "replace": true,)");

  EXPECT_EQ(refused.status, 409) << refused.body;
  EXPECT_THAT(refused.body, AllOf(HasSubstr("GIT_CONFIG_EXISTS"), HasSubstr(etag),
                                  HasSubstr("with replace")));
  EXPECT_EQ(stale.status, 409) << stale.body;
  EXPECT_THAT(stale.body, AllOf(HasSubstr("ETAG_MISMATCH"), HasSubstr(etag)));
  EXPECT_EQ(GetConfig(dev_)["etag"].text(), etag);
  const RestAnswer by_etag =
      Configure(dev_, key_, "55555", path, absl::StrCat(R"("etag": ")", etag, "\","));
  EXPECT_EQ(by_etag.status, 201) << by_etag.body;
  EXPECT_EQ(Configure(dev_, key_, "78910", path, R"("replace": true,)").status, 201);
}

TEST_F(ReferenceRoutesTest, WhatIsWrongIsSaidAndMendedWithoutFinalizing) {
  const App app = CreateApp(R"({"n":1})");
  EXPECT_EQ(Configure(dev_, key_).status, 201);
  github_.ChangeInstallation("78910", R"("suspended":true)");

  const RestAnswer refused = Push(app, "first");

  EXPECT_EQ(refused.status, 401) << refused.body;
  EXPECT_THAT(refused.body,
              AllOf(HasSubstr("REMOTE_AUTH_FAILED"), HasSubstr("suspended")));
  const Json pending = GetConfig(dev_);
  EXPECT_EQ(pending["state"].text(), "GIT_CONFIG_STATE_PENDING");
  EXPECT_THAT(pending["lastError"].text(), HasSubstr("suspended"));
  github_.ChangeInstallation("78910", R"("suspended":false)");
  const RestAnswer pushed = Push(app, "first");
  EXPECT_EQ(pushed.status, 200) << pushed.body;
}

TEST_F(ReferenceRoutesTest, FirstUsesAtOnceFinalizeOnceUnderTheRoleOfAnEditor) {
  EXPECT_EQ(Configure(dev_, key_).status, 201);
  const std::string editor = CreateToken("ROLE_EDITOR");
  std::vector<App> apps;
  for (int i = 0; i < 6; ++i) {
    const Json app =
        Do("POST", absl::StrCat("/api/v1/organizations/", dev_, "/apps"),
           absl::StrCat(R"({"name": "App )", i, R"(", "definition": {}})"));
    apps.push_back({app["id"].text(), app["firstVersionId"].text(), ""});
  }

  std::vector<std::jthread> callers;
  for (const App& app : apps) {
    callers.emplace_back([&] {
      const RestAnswer pushed =
          CallAs(editor, "POST",
                 absl::StrCat("/api/ext/apps/", app.id, "/versions/", app.version,
                              "/git-sync/push"),
                 R"({"commitMessage": "Add"})");
      EXPECT_EQ(pushed.status, 200) << pushed.body;
    });
  }
  callers.clear();

  EXPECT_EQ(github_.TokenRequests(), 1);
  EXPECT_EQ(remote_.Log().size(), apps.size());
}

}  // namespace
}  // namespace gitsync
