// A repository behind a GitHub App, by REST as pipelines use it.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "tests/integration/github_app_installation.h"

namespace gitsync {
namespace {

using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::SizeIs;

TEST_F(GitHubAppTest, EverythingOfTheReferenceWorks) {
  const std::string staging = CreateOrganization("staging");
  // As pipelines paste it: with "\n" as two characters.
  const RestAnswer configured =
      Configure(dev_, absl::StrReplaceAll(key_, {{"\n", "\\n"}}));
  EXPECT_EQ(configured.status, 201) << configured.body;
  const Json finalized = Finalize(dev_).json();
  EXPECT_TRUE(finalized["repositoryEmpty"].flag());
  EXPECT_TRUE(finalized["canWrite"].flag());
  EXPECT_EQ(finalized["gitConfig"]["state"].text(), "GIT_CONFIG_STATE_READY");
  EXPECT_EQ(finalized["gitConfig"]["githubApp"]["githubAppInstallationId"].text(),
            "78910");

  const App app = CreateApp(R"({"pages":[{"name":"Home"}]})");
  EXPECT_EQ(Push(app, "first").status, 200);
  Connect(staging);
  const RestAnswer created = Import(app, staging);
  EXPECT_EQ(created.status, 201) << created.body;
  const std::string theirs = created.json()["app"]["id"].text();
  Edit(app, R"({"pages":[{"name":"Home"},{"name":"Cart"}]})");
  EXPECT_EQ(Push(app, "second").status, 200);
  Do("PUT", absl::StrCat("/api/ext/apps/", theirs, "?createMode=git"));
  Do("POST", absl::StrCat("/api/ext/apps/", theirs, "/promote"));

  const RestAnswer live =
      Call("GET", absl::StrCat("/api/v1/apps/", theirs, "/environments/production"));
  EXPECT_THAT(live.body, HasSubstr("Cart"));
  EXPECT_THAT(remote_.Log(), ElementsAre("second", "first"));
  EXPECT_TRUE(remote_.FsckClean());
  EXPECT_THAT(Steps(),
              ElementsAre("app PASSED", "installation PASSED", "connect PASSED",
                          "authenticate PASSED", "repository PASSED", "branch PASSED",
                          "fetch PASSED", "write PASSED"));
}

TEST_F(GitHubAppTest, OneTokenServesManyRequests) {
  Connect(dev_);
  const int before = github_.TokenRequests();
  const App app = CreateApp(R"({"n":0})");
  for (int i = 1; i <= 5; ++i) {
    Edit(app, absl::StrCat(R"({"n":)", i, "}"));
    EXPECT_EQ(Push(app, absl::StrCat("push ", i)).status, 200);
  }

  EXPECT_EQ(github_.TokenRequests(), before);
}

TEST_F(GitHubAppTest, TokenThatExpiresInMidRunIsNotNoticed) {
  Connect(dev_);
  const App app = CreateApp(R"({"n":1})");
  EXPECT_EQ(Push(app, "first").status, 200);
  const int before = github_.TokenRequests();
  ExpireTokens();

  Edit(app, R"({"n":2})");
  const RestAnswer pushed = Push(app, "second");

  EXPECT_EQ(pushed.status, 200) << pushed.body;
  EXPECT_THAT(remote_.Log(), ElementsAre("second", "first"));
  EXPECT_EQ(github_.TokenRequests(), before + 1);
}

// Where others have pushed, git asks more than once: what there is, and for it.
TEST_F(GitHubAppTest, TokenThatExpiresWithinAPushIsNotNoticed) {
  Connect(dev_);
  const App app = CreateApp(R"({"n":1})");
  EXPECT_EQ(Push(app, "first").status, 200);
  KeepTokens();
  Edit(app, R"({"n":2})");
  remote_.CommitFromElsewhere("README.md", "theirs\n", "theirs");
  github_.RevokeTokensAfter(1);

  const RestAnswer pushed = Push(app, "second");

  EXPECT_EQ(pushed.status, 200) << pushed.body;
  EXPECT_THAT(github_.Tokens(), SizeIs(1));
  EXPECT_THAT(remote_.Log(), ElementsAre("second", "theirs", "first"));
}

TEST_F(GitHubAppTest, TokenThatExpiresWithinAFetchIsNotNoticed) {
  const std::string staging = CreateOrganization("staging");
  Connect(staging);
  Connect(dev_);
  const App app = CreateApp(R"({"n":1})");
  EXPECT_EQ(Push(app, "first").status, 200);
  KeepTokens();
  github_.RevokeTokensAfter(1);

  const RestAnswer created = Import(app, staging);

  EXPECT_EQ(created.status, 201) << created.body;
  EXPECT_THAT(github_.Tokens(), SizeIs(1));
}

TEST_F(GitHubAppTest, RevokedKeyIsNamedByAppAndInstallation) {
  Connect(dev_);
  const App app = CreateApp(R"({"n":1})");
  EXPECT_EQ(Push(app, "first").status, 200);
  ExpireTokens();
  github_.RevokeKeys("123456");

  Edit(app, R"({"n":2})");
  const RestAnswer pushed = Push(app, "second");
  const RestAnswer finalized = Finalize(dev_);

  for (const RestAnswer& answer : {pushed, finalized}) {
    EXPECT_EQ(answer.status, 401) << answer.body;
    EXPECT_THAT(answer.body, AllOf(HasSubstr("GitHub App 123456, installation 78910"),
                                   HasSubstr("refused the App's private key"),
                                   HasSubstr("REMOTE_AUTH_FAILED")));
  }
  EXPECT_THAT(remote_.Log(), ElementsAre("first"));
  EXPECT_THAT(Steps(),
              ElementsAre("app FAILED", "installation SKIPPED", "connect SKIPPED",
                          "authenticate SKIPPED", "repository SKIPPED",
                          "branch SKIPPED", "fetch SKIPPED", "write SKIPPED"));

  // A new key mends it.
  const std::string key = github_.AddKey("123456");
  const RestAnswer updated =
      Call("PATCH", absl::StrCat("/api/v1/organizations/", dev_, "/git"),
           absl::StrCat(R"({"githubAppPrivateKey": )", Quoted(key), "}"));
  EXPECT_EQ(updated.status, 200) << updated.body;
  const RestAnswer again = Push(app, "second");
  EXPECT_EQ(again.status, 200) << again.body;
}

TEST_F(GitHubAppTest, FinalizeSaysWhatIsWrongWithTheInstallation) {
  EXPECT_EQ(Configure(dev_, key_, "55555").status, 201);
  const RestAnswer unknown = Finalize(dev_);
  EXPECT_EQ(unknown.status, 401);
  EXPECT_THAT(unknown.body, HasSubstr("check githubAppInstallationId"));
  EXPECT_THAT(Steps(),
              ElementsAre("app PASSED", "installation FAILED", "connect SKIPPED",
                          "authenticate SKIPPED", "repository SKIPPED",
                          "branch SKIPPED", "fetch SKIPPED", "write SKIPPED"));

  EXPECT_EQ(Configure(dev_, key_).status, 201);
  github_.ChangeInstallation("78910", R"("repositories":["other"])");
  const RestAnswer elsewhere = Finalize(dev_);
  EXPECT_EQ(elsewhere.status, 404);
  EXPECT_THAT(elsewhere.body, HasSubstr("does not cover the repository acme/apps"));

  github_.ChangeInstallation("78910", R"("repositories":"all","suspended":true)");
  const RestAnswer suspended = Finalize(dev_);
  EXPECT_EQ(suspended.status, 401);
  EXPECT_THAT(suspended.body, HasSubstr("suspended"));

  github_.ChangeInstallation("78910", R"("suspended":false)");
  EXPECT_EQ(Finalize(dev_).status, 200);
}

TEST_F(GitHubAppTest, AppThatMayOnlyReadPullsAndSaysWhyItCantPush) {
  const std::string staging = CreateOrganization("staging");
  Connect(staging);
  Connect(dev_);
  const App app = CreateApp(R"({"n":1})");
  EXPECT_EQ(Push(app, "first").status, 200);
  github_.ChangeInstallation("78910", R"("permissions":{"contents":"read"})");
  ExpireTokens();

  const RestAnswer finalized = Finalize(dev_);
  EXPECT_EQ(finalized.status, 200) << finalized.body;
  EXPECT_FALSE(finalized.json()["canWrite"].flag());
  EXPECT_THAT(Steps(),
              ElementsAre("app PASSED", "installation PASSED", "connect PASSED",
                          "authenticate PASSED", "repository PASSED", "branch PASSED",
                          "fetch PASSED", "write WARNING"));
  EXPECT_EQ(Import(app, staging).status, 201);
  Edit(app, R"({"n":2})");
  const RestAnswer pushed = Push(app, "second");
  EXPECT_EQ(pushed.status, 403) << pushed.body;
  EXPECT_THAT(pushed.body, HasSubstr("REMOTE_READ_ONLY"));
}

TEST_F(GitHubAppTest, LimitOfTheApiIsPassedOn) {
  EXPECT_EQ(Configure(dev_, key_).status, 201);
  github_.Fail({.status = 429, .body = "{}", .headers = {"Retry-After: 40"}});

  const RestAnswer first = Finalize(dev_);
  const RestAnswer second = Finalize(dev_);

  EXPECT_EQ(first.status, 429) << first.body;
  EXPECT_EQ(second.status, 429) << second.body;
  EXPECT_THAT(first.body,
              AllOf(HasSubstr("REMOTE_RATE_LIMITED"), HasSubstr("retryDelay")));
  EXPECT_EQ(github_.TokenRequests(), 1);
}

}  // namespace
}  // namespace gitsync
