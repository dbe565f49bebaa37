// Each RPC of the API, by both gateways.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>
#include <string>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "server/gateway/transcoding/route.h"
#include "tests/parity/parity_fixture.h"

namespace gitsync {
namespace {

class MethodsTest : public ParityTest {
 protected:
  // Notes that the method was called.
  void Called(const std::string& service, const std::string& method) {
    called_.insert(absl::StrCat("/gitsync.v1.", service, "Service/", method));
  }
  // Asks for the method, which has to succeed.
  HttpAnswer Works(const std::string& service, const std::string& method,
                   const Question& question) {
    Called(service, method);
    HttpAnswer answer = Same(question);
    EXPECT_EQ(answer.status, 200) << answer.body;
    return answer;
  }
  HttpAnswer Creates(const std::string& service, const std::string& method,
                     const Question& question) {
    Called(service, method);
    return Differ(Why::kCreated, question);
  }
  std::string Query() {
    return absl::StrReplaceAll(RequestId(),
                               {{"\"requestId\":\"", "?requestId="}, {"\"", ""}});
  }

  void CallOrganizations();
  void CallAccessTokens();
  void CallApps(const AppAndVersion& live);
  void CallGitConfigs();
  void CallGitSync(const AppAndVersion& app);
  void CallOperations(const std::string& operation_id);

  std::set<std::string> called_;
};

void MethodsTest::CallOrganizations() {
  const std::string id = Uuid();
  const std::string path = "/api/v1/organizations/" + id;
  Works("Organization", "CreateOrganization",
        {"POST", "/api/v1/organizations",
         absl::StrCat(R"({"organizationId":")", id, R"(","name":"Acme",)",
                      R"("environments":["test","live"],)", RequestId(), "}")});
  Works("Organization", "GetOrganization", {"GET", path});
  Works("Organization", "ListOrganizations", {"GET", "/api/v1/organizations"});
  Works("Organization", "UpdateOrganization",
        {"PATCH", path, absl::StrCat(R"({"name":"Acme Ltd",)", RequestId(), "}")});
  Works("Organization", "DeleteOrganization", {"DELETE", path + Query()});
  Same({"GET", path});
}

void MethodsTest::CallAccessTokens() {
  const HttpAnswer created =
      Works("AccessToken", "CreateAccessToken",
            {"POST", "/api/v1/access-tokens",
             absl::StrCat(R"({"name":"deploy","role":"ROLE_EDITOR","organizationId":")",
                          gitsync_.dev(), "\",", RequestId(), "}")});
  Works("AccessToken", "ListAccessTokens", {"GET", "/api/v1/access-tokens"});
  Works("AccessToken", "RevokeAccessToken",
        {"DELETE", absl::StrCat("/api/v1/access-tokens/",
                                Member(created.body, "accessToken.id"), Query())});
}

void MethodsTest::CallApps(const AppAndVersion& live) {
  const std::string id = Uuid();
  const std::string version_id = Uuid();
  const std::string path = "/api/v1/apps/" + id;
  const std::string version = absl::StrCat(path, "/versions/", version_id);
  const std::string of_organization =
      absl::StrCat("/api/v1/organizations/", gitsync_.dev(), "/apps");
  const std::string definition =
      R"({"pages": [{"n": 1.50, "text": "é\u00e9<&>\n"}], "a": [[], {}, null, -0]})";
  Works("App", "CreateApp",
        {"POST", of_organization,
         absl::StrCat(R"({"appId":")", id, R"(","name":"Billing","definition":$D,)",
                      RequestId(), "}"),
         definition});
  Works("App", "GetApp", {"GET", path});
  Works("App", "ListApps", {"GET", of_organization});
  Works("App", "UpdateApp",
        {"PATCH", path,
         absl::StrCat(R"({"name":"Invoices","editable":true,)", RequestId(), "}")});
  Works("App", "CreateVersion",
        {"POST", path + "/versions",
         absl::StrCat(R"({"versionId":")", version_id,
                      R"(","name":"v2","definition":$D,)", RequestId(), "}"),
         definition});
  Works("App", "GetVersion", {"GET", version});
  Works("App", "ListVersions", {"GET", path + "/versions"});
  Works("App", "UpdateVersion",
        {"PATCH", version, absl::StrCat(R"({"definition":$D,)", RequestId(), "}"),
         R"({"pages":[1e300,12345678901234567890.10]})"});
  Works("App", "GetVersion", {"GET", version});
  Works("App", "DeleteVersion", {"DELETE", version + Query()});
  Works("App", "DeleteApp", {"DELETE", path + Query()});
  Works(
      "App", "GetRelease",
      {"GET", absl::StrCat("/api/v1/apps/", live.app_id, "/environments/production")});
}

void MethodsTest::CallGitConfigs() {
  const std::string organization_id = gitsync_.api().CreateOrganization("git");
  const std::string path =
      absl::StrCat("/api/v1/organizations/", organization_id, "/git");
  Creates("GitConfig", "ConfigureSsh",
          {"POST", path + "/ssh",
           absl::StrCat(R"({"gitUrl":")", gitsync_.url(),
                        R"(","keyType":"SSH_KEY_TYPE_ED25519",)", RequestId(), "}")});
  Works("GitConfig", "GenerateSshKey",
        {"POST", path + "/ssh-key", absl::StrCat("{", RequestId(), "}")});
  Works("GitConfig", "GetGitConfig", {"GET", path});
  Works("GitConfig", "UpdateGitConfig",
        {"PATCH", path, absl::StrCat(R"({"pathPrefix":"shop",)", RequestId(), "}")});
  Works("GitConfig", "TestGitConnection", {"POST", path + ":test", "{}"});
  Creates("GitConfig", "ConfigureHttpsToken",
          {"POST", path + "/https-token",
           absl::StrCat(R"({"gitUrl":"https://git.example.com/a.git","username":"u",)",
                        R"("token":"t",)", RequestId(), "}")});
  const CommandResult key =
      RunCommand({"openssl", "genrsa", "-traditional", "2048"}, {});
  const std::string pem = key.output.substr(key.output.find("-----BEGIN"));
  Creates("GitConfig", "ConfigureGitHubApp",
          {"POST", "/api/ext/organization/git",
           absl::StrCat(R"({"organizationId":")", organization_id,
                        R"(","gitUrl":"https://github.com/username/repository.git",)",
                        R"("branchName":"main","githubAppId":"123456",)",
                        R"("githubAppInstallationId":"78910","githubAppPrivateKey":")",
                        absl::StrReplaceAll(pem, {{"\n", "\\n"}}), "\",", RequestId(),
                        "}")});
  Works("GitConfig", "DeleteGitConfig", {"DELETE", path + Query()});
  Same({"GET", path});
  Works(
      "GitConfig", "FinalizeGitConfig",
      {"POST", absl::StrCat("/api/v1/organizations/", gitsync_.dev(), "/git:finalize"),
       absl::StrCat("{", RequestId(), "}")});
}

void MethodsTest::CallGitSync(const AppAndVersion& app) {
  const HttpAnswer pushed =
      Works("GitSync", "PushAppVersion",
            {"POST",
             absl::StrCat("/api/ext/apps/", app.app_id, "/versions/", app.version_id,
                          "/git-sync/push"),
             absl::StrCat(R"({"commitMessage":"Add the shop",)",
                          R"("author":{"name":"Ada","email":"ada@example.com"},)",
                          RequestId(), "}")});
  EXPECT_EQ(Member(pushed.body, "commitId"), gitsync_.remote().Head());
  const HttpAnswer created =
      Creates("GitSync", "CreateAppFromGit",
              {"POST", "/api/ext/apps?createMode=git",
               absl::StrCat(R"({"gitAppId":")", app.git_app_id,
                            R"(","gitVersionId":"master","organizationId":")",
                            gitsync_.staging(), "\",", RequestId(), "}")});
  const std::string theirs = Member(created.body, "app.id");
  Works("GitSync", "PullApp",
        {"PUT", absl::StrCat("/api/ext/apps/", theirs, "?createMode=git"),
         absl::StrCat("{", RequestId(), "}")});
  Works("GitSync", "PromoteApp",
        {"POST", absl::StrCat("/api/ext/apps/", app.app_id, "/promote"),
         absl::StrCat("{", RequestId(), "}")});
  Works("GitSync", "ListGitApps",
        {"GET", absl::StrCat("/api/v1/organizations/", gitsync_.dev(),
                             "/git/apps?ref=master")});
  Works("GitSync", "CheckForUpdates",
        {"GET", absl::StrCat("/api/v1/apps/", app.app_id, "/git/updates")});
}

void MethodsTest::CallOperations(const std::string& operation_id) {
  const std::string path = "/api/v1/operations/" + operation_id;
  Works("Operation", "GetOperation", {"GET", path});
  Works("Operation", "ListOperations",
        {"GET", "/api/v1/operations?organizationId=" + gitsync_.dev()});
  Works("Operation", "WatchOperation", {"GET", path + ":watch"});
  Works("Operation", "CancelOperation", {"POST", path + ":cancel", "{}"});
  Same({"GET", absl::StrCat("/api/v1/operations/", Uuid(), ":watch")});
}

TEST_F(MethodsTest, EachMethodAnswersAlike) {
  const AppAndVersion app =
      gitsync_.api().CreateApp(gitsync_.dev(), "Shop", kDefinition);
  CallOrganizations();
  CallAccessTokens();
  CallGitSync(app);
  CallApps(app);
  CallGitConfigs();
  ASSERT_OK_AND_ASSIGN(const auto operation, gitsync_.api().LastOperation(app.app_id));
  CallOperations(operation.id());

  std::set<std::string> methods;
  for (const gateway::MethodTable* table : gateway::AllMethods()) {
    for (const gateway::Method& method : *table) {
      methods.insert(std::string(method.full_name));
    }
  }
  EXPECT_EQ(called_, methods);
}

}  // namespace
}  // namespace gitsync
