// gitsyncd, and a repository behind a GitHub App: a git server over TLS that believes
// nothing but the tokens of what stands in for GitHub's API.

#ifndef GITSYNC_TESTS_INTEGRATION_GITHUB_APP_INSTALLATION_H_
#define GITSYNC_TESTS_INTEGRATION_GITHUB_APP_INSTALLATION_H_

#include <gmock/gmock.h>
#include <google/protobuf/struct.pb.h>
#include <google/protobuf/util/json_util.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "absl/strings/str_split.h"
#include "tests/integration/curl.h"
#include "tests/support/github_stand_in.h"
#include "tests/support/gitsyncd_process.h"
#include "tests/support/temp_dir.h"
#include "tests/support/test_ca.h"
#include "tests/support/test_nginx.h"
#include "tests/support/test_remote.h"

namespace gitsync {

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

struct RestAnswer : CurlAnswer {
  Json json() const { return Json(body); }
};

class GitHubAppTest : public ::testing::Test {
 protected:
  GitHubAppTest()
      : github_(ca_.Issue()),
        key_(github_.AddApp("123456")),
        remote_("main"),
        nginx_({.certificate = ca_.Issue(), .auth_url = github_.AuthUrl()}),
        server_({.flags = MakeCertificate({"--log_level=debug"})}) {
    nginx_.Serve("acme/apps.git", remote_.path());
    github_.AddRepository("acme", "apps");
    github_.AddInstallation("78910", "123456", "acme");
    dev_ = CreateOrganization("dev");
  }

  // Nothing secret may have got out, whatever the test did.
  void TearDown() override {
    std::vector<std::string> secrets = github_.Tokens();
    secrets.insert(secrets.end(), tokens_.begin(), tokens_.end());
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
    const RestAnswer answer = CallAs(server_.AdminToken(), method, path, body);
    absl::StrAppend(&answers_, answer.body, "\n");
    return answer;
  }

  // The same with another token; may be called by several threads.
  RestAnswer CallAs(const std::string& token, const std::string& method,
                    const std::string& path, const std::string& body = "") {
    std::vector<std::string> arguments = RestArguments(
        method, absl::StrCat("https://", server_.http_endpoint(), path), body, token);
    arguments.insert(arguments.end(), {"--cacert", certificate_folder_ / "cert.pem"});
    return RestAnswer{Curl(arguments)};
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

  // The reference's body, and what a server of one's own needs besides; `more` is put
  // in front.
  RestAnswer Configure(const std::string& organization, const std::string& key,
                       const std::string& installation = "78910",
                       const std::string& path = "/api/ext/organization/git",
                       const std::string& more = "") {
    return Call("POST", path,
                absl::StrCat("{", more, R"(
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

  RestAnswer Import(const App& app, const std::string& organization) {
    return Call("POST", "/api/ext/apps?createMode=git",
                absl::StrCat(R"({"gitAppId": ")", app.git_app,
                             R"(", "gitVersionId": "main", "organizationId": ")",
                             organization, "\"}"));
  }

  // For TearDown to look for, also when they are revoked.
  void KeepTokens() {
    const std::vector<std::string> issued = github_.Tokens();
    EXPECT_THAT(issued, ::testing::Not(::testing::IsEmpty()));
    tokens_.insert(tokens_.end(), issued.begin(), issued.end());
  }
  // Takes every token away, as if its hour was over.
  void ExpireTokens() {
    KeepTokens();
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

  // The flags of a server that speaks TLS, besides `flags`.
  std::vector<std::string> MakeCertificate(std::vector<std::string> flags) {
    WriteSelfSigned(certificate_folder_.path());
    flags.push_back("--tls_certificate_file=" + (certificate_folder_ / "cert.pem"));
    flags.push_back("--tls_private_key_file=" + (certificate_folder_ / "key.pem"));
    return flags;
  }

  const TempDir certificate_folder_;
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

}  // namespace gitsync

#endif  // GITSYNC_TESTS_INTEGRATION_GITHUB_APP_INSTALLATION_H_
