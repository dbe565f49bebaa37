// A repository behind a GitHub App, by REST as pipelines use it: a git server over TLS
// that believes nothing but the tokens of GitHub's API, or of what stands in for it.

#include <gmock/gmock.h>
#include <google/protobuf/struct.pb.h>
#include <google/protobuf/util/json_util.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "absl/strings/str_split.h"
#include "tests/support/github_stand_in.h"
#include "tests/support/gitsyncd_process.h"
#include "tests/support/test_ca.h"
#include "tests/support/test_nginx.h"
#include "tests/support/test_remote.h"

namespace gitsync {
namespace {

using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;

// A JSON value, to be looked into.
class Json {
 public:
  explicit Json(const std::string& text) {
    const auto parsed = google::protobuf::util::JsonStringToMessage(text, &value_);
    EXPECT_TRUE(parsed.ok()) << text;
  }
  explicit Json(google::protobuf::Value value) : value_(std::move(value)) {}

  // A member, or an empty value.
  Json operator[](const std::string& name) const {
    const auto& fields = value_.struct_value().fields();
    const auto found = fields.find(name);
    return Json(found == fields.end() ? google::protobuf::Value() : found->second);
  }
  Json operator[](int index) const {
    const auto& values = value_.list_value().values();
    return Json(index < values.size() ? values[index] : google::protobuf::Value());
  }
  const std::string& text() const { return value_.string_value(); }
  bool flag() const { return value_.bool_value(); }
  int size() const { return value_.list_value().values_size(); }

 private:
  google::protobuf::Value value_;
};

struct RestAnswer {
  int status = 0;
  std::string body;
  Json json() const { return Json(body); }
};

class GitHubAppTest : public ::testing::Test {
 protected:
  GitHubAppTest()
      : github_(ca_.Issue()),
        key_(github_.AddApp("123456")),
        remote_("main"),
        nginx_({.certificate = ca_.Issue(), .auth_url = github_.AuthUrl()}),
        server_({.flags = {"--log_level=debug"}}) {
    nginx_.Serve("acme/apps.git", remote_.path());
    github_.AddRepository("acme", "apps");
    github_.AddInstallation("78910", "123456", "acme");
    dev_ = CreateOrganization("dev");
  }

  // Nothing secret may have got out, whatever the test did.
  void TearDown() override {
    const std::vector<std::string> issued = github_.Tokens();
    tokens_.insert(tokens_.end(), issued.begin(), issued.end());
    std::vector<std::string> secrets = tokens_;
    // Each line of the key; the header of every JWT; and of every Basic login.
    for (const absl::string_view line : absl::StrSplit(key_, '\n')) {
      if (line.size() == 64) secrets.emplace_back(line);
    }
    EXPECT_GT(secrets.size(), 10u);
    secrets.emplace_back("eyJhbGciOiJSUzI1NiI");
    secrets.emplace_back("eC1hY2Nlc3MtdG9rZW46");
    std::string all = absl::StrCat(server_.Log(), server_.Output(), answers_);
    for (const auto& entry :
         std::filesystem::recursive_directory_iterator(server_.data_dir())) {
      if (!entry.is_regular_file()) continue;
      std::ifstream file(entry.path(), std::ios::binary);
      all.append(std::istreambuf_iterator<char>(file), {});
    }
    for (const std::string& secret : secrets) {
      EXPECT_FALSE(absl::StrContains(all, secret)) << secret;
    }
    // The search finds what is there.
    EXPECT_TRUE(absl::StrContains(all, "78910"));
  }

  RestAnswer Call(const std::string& method, const std::string& path,
                  const std::string& body = "") {
    std::vector<std::string> arguments = {
        "curl",
        "-sS",
        "-w",
        "\n%{http_code}",
        "-X",
        method,
        "-H",
        "Authorization: Basic " + server_.AdminToken(),
        absl::StrCat("http://", server_.http_endpoint(), path)};
    if (!body.empty()) {
      arguments.insert(arguments.end(),
                       {"-H", "Content-Type: application/json", "--data-binary", body});
    }
    const CommandResult result = RunCommand(arguments);
    EXPECT_EQ(result.status, 0) << result.output;
    const size_t line = result.output.rfind('\n');
    RestAnswer answer;
    if (line == std::string::npos) return answer;
    answer.status = std::stoi("0" + result.output.substr(line + 1));
    answer.body = result.output.substr(0, line);
    absl::StrAppend(&answers_, answer.body, "\n");
    return answer;
  }

  // The same, and expects success.
  Json Do(const std::string& method, const std::string& path,
          const std::string& body = "", int status = 200) {
    const RestAnswer answer = Call(method, path, body);
    EXPECT_EQ(answer.status, status) << path << "\n" << answer.body;
    return answer.json();
  }

  std::string CreateOrganization(const std::string& name) {
    return Do("POST", "/api/v1/organizations",
              absl::StrCat(R"({"name": ")", name, "\"}"))["id"]
        .text();
  }

  static std::string Quoted(const std::string& text) {
    return absl::StrCat(
        "\"", absl::StrReplaceAll(text, {{"\\", "\\\\"}, {"\n", "\\n"}}), "\"");
  }

  // The reference's body, and what a server of one's own needs besides.
  RestAnswer Configure(const std::string& organization, const std::string& key,
                       const std::string& installation = "78910") {
    return Call("POST", "/api/ext/organization/git",
                absl::StrCat(R"({
  "organizationId": ")",
                             organization, R"(",
  "gitUrl": ")",
                             nginx_.Url("acme/apps.git"), R"(",
  "branchName": "main",
  "githubAppId": "123456",
  "githubAppInstallationId": ")",
                             installation, R"(",
  "githubAppPrivateKey": )",
                             Quoted(key), R"(,
  "githubEnterpriseApiUrl": ")",
                             github_.EnterpriseApiUrl(), R"(",
  "caCertificate": )",
                             Quoted(ca_.certificate()), "\n}"));
  }

  RestAnswer Finalize(const std::string& organization) {
    return Call("POST",
                absl::StrCat("/api/v1/organizations/", organization, "/git:finalize"));
  }

  void Connect(const std::string& organization) {
    EXPECT_EQ(Configure(organization, key_).status, 201);
    const RestAnswer finalized = Finalize(organization);
    EXPECT_EQ(finalized.status, 200) << finalized.body;
  }

  struct App {
    std::string id;
    std::string version;
    std::string git_app;
  };
  App CreateApp(const std::string& definition) {
    const Json app =
        Do("POST", absl::StrCat("/api/v1/organizations/", dev_, "/apps"),
           absl::StrCat(R"({"name": "Shop", "definition": )", definition, "}"));
    return {app["id"].text(), app["firstVersionId"].text(), app["gitAppId"].text()};
  }
  void Edit(const App& app, const std::string& definition) {
    Do("PATCH", absl::StrCat("/api/v1/apps/", app.id, "/versions/", app.version),
       absl::StrCat(R"({"definition": )", definition, "}"));
  }
  RestAnswer Push(const App& app, const std::string& message) {
    return Call("POST",
                absl::StrCat("/api/ext/apps/", app.id, "/versions/", app.version,
                             "/git-sync/push"),
                absl::StrCat(R"({"commitMessage": ")", message, "\"}"));
  }

  // Takes every token away, as if its hour was over.
  void ExpireTokens() {
    const std::vector<std::string> issued = github_.Tokens();
    EXPECT_THAT(issued, Not(IsEmpty()));
    tokens_.insert(tokens_.end(), issued.begin(), issued.end());
    github_.RevokeTokens();
  }

  // "name outcome" of each step of a test of the connection.
  std::vector<std::string> Steps() {
    const Json steps =
        Do("POST", absl::StrCat("/api/v1/organizations/", dev_, "/git:test"))["steps"];
    std::vector<std::string> result;
    for (int i = 0; i < steps.size(); ++i) {
      result.push_back(absl::StrCat(
          steps[i]["name"].text(), " ",
          absl::StrReplaceAll(steps[i]["outcome"].text(), {{"OUTCOME_", ""}})));
      if (steps[i]["outcome"].text() != "OUTCOME_PASSED" &&
          steps[i]["outcome"].text() != "OUTCOME_SKIPPED") {
        EXPECT_NE(steps[i]["detail"].text(), "");
        EXPECT_NE(steps[i]["fix"].text(), "");
      }
    }
    return result;
  }

  const TestCa ca_;
  GitHubStandIn github_;
  const std::string key_;
  TestRemote remote_;
  TestNginx nginx_;
  GitsyncdProcess server_;
  std::string dev_;
  std::string answers_;              // all bodies
  std::vector<std::string> tokens_;  // those that were revoked
};

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
  const Json created = Do(
      "POST", "/api/ext/apps?createMode=git",
      absl::StrCat(R"({"gitAppId": ")", app.git_app,
                   R"(", "gitVersionId": "main", "organizationId": ")", staging, "\"}"),
      201);
  const std::string theirs = created["app"]["id"].text();
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
                          "write PASSED"));
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
                          "branch SKIPPED", "write SKIPPED"));

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
                          "branch SKIPPED", "write SKIPPED"));

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
                          "write WARNING"));
  Do("POST", "/api/ext/apps?createMode=git",
     absl::StrCat(R"({"gitAppId": ")", app.git_app,
                  R"(", "gitVersionId": "main", "organizationId": ")", staging, "\"}"),
     201);
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
