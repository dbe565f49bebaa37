// What REST has to do with a remote, over each transport.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <thread>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/time/clock.h"
#include "tests/integration/rest_fixture.h"

namespace gitsync {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::StartsWith;

class RestSyncTest : public RestTest, public ::testing::WithParamInterface<Transport> {
 protected:
  RestSyncTest() : RestTest(GetParam()) {}
};
GITSYNC_OVER_EACH_TRANSPORT(RestSyncTest);

std::string GitHubConfig(const std::string& organization_id) {
  const TempDir folder;
  const CommandResult made =
      RunCommand({"openssl", "genrsa", "-traditional", "-out", folder / "key", "2048"});
  EXPECT_EQ(made.status, 0) << made.output;
  std::string pem;
  for (const auto part : absl::StrSplit(RunCommand({"cat", folder / "key"}).output,
                                        '\n', absl::SkipEmpty())) {
    absl::StrAppend(&pem, std::string(part), "\\n");
  }
  return absl::StrCat(R"({
  "organizationId": ")",
                      organization_id, R"(",
  "gitUrl": "https://github.com/username/repository.git",
  "branchName": "main",
  "githubAppId": "123456",
  "githubAppInstallationId": "78910",
  "githubAppPrivateKey": ")",
                      pem, R"("
})");
}

TEST_P(RestSyncTest, RoutesOfTheReferenceAnswerAsItSays) {
  const AppAndVersion app = api().CreateApp(gitsync_.dev(), "Shop", R"({"pages":[]})");
  const std::string other = api().CreateOrganization("github");

  const CurlAnswer configured =
      Call("POST", "/api/ext/organization/git", GitHubConfig(other));
  const CurlAnswer pushed =
      Call("POST",
           absl::StrCat("/api/ext/apps/", app.app_id, "/versions/", app.version_id,
                        "/git-sync/push"),
           R"({
  "commitMessage": "Updated app configuration and components"
})");
  const CurlAnswer created =
      Call("POST", "/api/ext/apps?createMode=git",
           absl::StrCat(R"({"gitAppId": ")", app.git_app_id,
                        R"(", "gitVersionId": "master", "organizationId": ")",
                        gitsync_.staging(), R"("})"));
  const std::string theirs = Member(created.body, "app.id");
  const CurlAnswer pulled =
      Call("PUT", absl::StrCat("/api/ext/apps/", theirs, "?createMode=git"));
  // Promoting is pulling, too.
  EXPECT_OK(api().UpdateDefinition(app, R"({"pages":[{"name":"Cart"}]})"));
  ASSERT_OK_AND_ASSIGN(const auto newest, api().Push(app, "Newest"));
  const CurlAnswer promoted =
      Call("POST", absl::StrCat("/api/ext/apps/", theirs, "/promote"));

  EXPECT_EQ(configured.status, 201) << configured.body;
  EXPECT_THAT(configured.body, Not(HasSubstr("PRIVATE KEY")));
  EXPECT_EQ(pushed.status, 200) << pushed.body;
  EXPECT_EQ(Member(pushed.body, "commitId"), Member(pulled.body, "commitId"));
  EXPECT_EQ(created.status, 201) << created.body;
  EXPECT_EQ(pulled.status, 200) << pulled.body;
  EXPECT_EQ(promoted.status, 200) << promoted.body;
  EXPECT_EQ(Member(promoted.body, "environment"), "production");
  EXPECT_TRUE(gitsync_.remote().FsckClean());
  ASSERT_OK_AND_ASSIGN(const auto release, api().GetRelease(theirs, "production"));
  EXPECT_THAT(release.version().definition(), HasSubstr("Cart"));
  EXPECT_EQ(release.version().commit_id(), newest.commit_id());
  EXPECT_EQ(gitsync_.remote().Head(), newest.commit_id());
}

TEST_P(RestSyncTest, UpdatesComeInPages) {
  const AppAndVersion app = api().CreateApp(gitsync_.dev(), "Shop", R"({"pages":[]})");
  ASSERT_OK(api().Push(app, "Add the shop"));
  ASSERT_OK_AND_ASSIGN(const auto imported,
                       api().Import(gitsync_.staging(), app.git_app_id));
  for (const std::string name : {"Cart", "Orders"}) {
    ASSERT_OK(api().UpdateDefinition(app, absl::StrCat("{\"", name, "\":[]}")));
    ASSERT_OK(api().Push(app, absl::StrCat("Add ", name)));
  }
  const std::string path =
      absl::StrCat("/api/v1/apps/", imported.app().id(), "/git/updates?pageSize=");

  const CurlAnswer first = Call("GET", path + "1");
  const std::string token = Member(first.body, "nextPageToken");
  const CurlAnswer second = Call("GET", absl::StrCat(path, "1&pageToken=", token));
  const CurlAnswer forged = Call("GET", path + "1&pageToken=forged");
  const CurlAnswer negative = Call("GET", path + "-1");

  EXPECT_THAT(first.body, AllOf(HasSubstr("Add Orders"), Not(HasSubstr("Add Cart")),
                                HasSubstr("\"totalCount\":2")));
  EXPECT_THAT(second.body, AllOf(HasSubstr("Add Cart"), Not(HasSubstr("Add Orders")),
                                 HasSubstr("\"totalCount\":2"),
                                 HasSubstr("\"nextPageToken\":\"\"")));
  EXPECT_EQ(forged.status, 400);
  EXPECT_THAT(forged.body, HasSubstr("INVALID_PAGE_TOKEN"));
  EXPECT_EQ(negative.status, 400);
  EXPECT_THAT(negative.body, HasSubstr("pageSize"));
}

TEST_P(RestSyncTest, WatchStreamsLinesUntilTheOperationHasEnded) {
  const AppAndVersion app = api().CreateApp(gitsync_.dev(), "Shop", R"({"pages":[]})");
  const TempDir folder;
  gitsync_.remote().SetHook("pre-receive",
                            absl::StrCat("#!/bin/sh\nuntil [ -e ", folder / "go",
                                         " ]; do sleep 0.02; done\n"));
  std::thread push([&] { EXPECT_OK(api().Push(app, "slowly")); });
  absl::StatusOr<v1::Operation> operation = api().LastOperation(app.app_id);
  while (!operation.ok()) operation = api().LastOperation(app.app_id);

  RawHttp http = Raw();
  http.Send(absl::StrCat("GET /api/v1/operations/", operation->id(),
                         ":watch HTTP/1.1\r\nHost: h\r\n", Authorization(), "\r\n"));
  std::string head;
  for (std::string line = http.ReadLine(); line.size() > 2; line = http.ReadLine()) {
    head += line;
  }
  http.ReadLine();
  const std::string first = http.ReadLine();
  // What has been told so far was told while the push goes on.
  WriteTestFile(folder / "go", "");
  std::string last = first;
  for (;;) {
    http.ReadLine();
    const std::string size = http.ReadLine();
    if (size.empty() || size == "0\r\n") break;
    last = http.ReadLine();
  }
  push.join();

  EXPECT_THAT(head, AllOf(StartsWith("HTTP/1.1 200 OK\r\n"),
                          HasSubstr("Content-Type: application/x-ndjson\r\n"),
                          HasSubstr("X-Request-Id: ")));
  EXPECT_EQ(Member(first, "operation.state"), "OPERATION_STATE_RUNNING");
  EXPECT_EQ(Member(last, "operation.state"), "OPERATION_STATE_SUCCEEDED");
}

TEST_P(RestSyncTest, ClientThatGoesAwayCancelsItsCall) {
  const AppAndVersion app = api().CreateApp(gitsync_.dev(), "Shop", R"({"pages":[]})");
  gitsync_.remote().SetHook("pre-receive", "#!/bin/sh\nsleep 20\n");
  {
    RawHttp http = Raw();
    http.Send(absl::StrCat("POST /api/ext/apps/", app.app_id, "/versions/",
                           app.version_id, "/git-sync/push HTTP/1.1\r\nHost: h\r\n",
                           Authorization(),
                           "Content-Length: 21\r\n\r\n{\"commitMessage\":\"x\"}"));
    while (!api().LastOperation(app.app_id).ok())
      absl::SleepFor(absl::Milliseconds(10));
  }
  // In a slow build the commit may have been sent by then.
  const std::string push =
      "\"method\":\"gitsync.v1.GitSyncService.PushAppVersion\",\"code\":";
  EXPECT_TRUE(LogHas({push + "\"CANCELLED\"",
                      push + "\"UNAVAILABLE\",\"reason\":\"OUTCOME_UNKNOWN\""}));
}

}  // namespace
}  // namespace gitsync
