// What only HTTPS has: certificates, proxies, limits of web servers, tokens.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <iterator>

#include "absl/strings/escaping.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "tests/integration/installation.h"
#include "tests/support/test_tls_server.h"

namespace gitsync {
namespace {

using absl::StatusCode;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;

// The steps of TestGitConnection, as "name outcome".
std::vector<std::string> StepsOf(Api& api, const std::string& organization_id) {
  v1::TestGitConnectionRequest request;
  request.set_organization_id(organization_id);
  const auto tested =
      api.client().Call(&v1::GitConfigService::Stub::TestGitConnection, request);
  EXPECT_OK(tested);
  std::vector<std::string> steps;
  for (const v1::ConnectionStep& step : tested->steps()) {
    steps.push_back(absl::StrCat(
        step.name(), " ", v1::ConnectionStep::Outcome_Name(step.outcome()).substr(8)));
  }
  return steps;
}

TEST(HttpsTest, ConnectionIsTestedStepByStep) {
  Installation gitsync({.transport = Transport::kHttps});
  Api& api = gitsync.api();
  const std::string stranger = api.CreateOrganization("stranger");
  gitsync.Configure(gitsync.host(), stranger, gitsync.url(), Access::kNone);
  const std::string reader = api.CreateOrganization("reader");
  gitsync.Configure(gitsync.host(), reader, gitsync.url(), Access::kRead);
  const std::string wary = api.CreateOrganization("wary");
  ASSERT_OK(api.ConfigureHttpsToken(
      wary, gitsync.url(), [](auto& request) { request.set_token(GitHost::kToken); }));

  EXPECT_THAT(StepsOf(api, gitsync.dev()),
              ElementsAre("connect PASSED", "authenticate PASSED", "repository PASSED",
                          "branch WARNING", "fetch PASSED", "write PASSED"));
  EXPECT_THAT(StepsOf(api, reader),
              ElementsAre("connect PASSED", "authenticate PASSED", "repository PASSED",
                          "branch WARNING", "fetch PASSED", "write WARNING"));
  EXPECT_THAT(StepsOf(api, stranger),
              ElementsAre("connect PASSED", "authenticate FAILED", "repository SKIPPED",
                          "branch SKIPPED", "fetch SKIPPED", "write SKIPPED"));
  EXPECT_THAT(StepsOf(api, wary), ElementsAre("connect FAILED", "authenticate SKIPPED",
                                              "repository SKIPPED", "branch SKIPPED",
                                              "fetch SKIPPED", "write SKIPPED"));
  EXPECT_THAT(api.Finalize(wary),
              StatusIs(StatusCode::kFailedPrecondition, "REMOTE_TLS_FAILED"));
}

TEST(HttpsTest, PushThatIsTooLargeForTheServerIsRefusedForCertain) {
  Installation gitsync({.transport = Transport::kHttps});
  TestNginxOptions options;
  const TestCa ca;
  options.certificate = ca.Issue();
  options.max_body_bytes = 100 << 10;
  TestNginx nginx(options);
  nginx.Serve("a.git", gitsync.remote().path());
  Api& api = gitsync.api();
  const std::string organization_id = api.CreateOrganization("small");
  ASSERT_OK(
      api.ConfigureHttpsToken(organization_id, nginx.Url("a.git"), [&](auto& request) {
        request.set_username(options.user);
        request.set_token(options.password);
        request.set_ca_certificate(ca.certificate());
      }));
  ASSERT_OK(api.Finalize(organization_id));
  // Does not compress well; once sent whole, once in pieces.
  std::string text;
  for (uint32_t i = 1; text.size() < (3 << 20); ++i) {
    absl::StrAppend(&text, i * 2654435761u);
  }
  for (const size_t size : {size_t{600} << 10, text.size()}) {
    const AppAndVersion app =
        api.CreateApp(organization_id, absl::StrCat("App ", size),
                      absl::StrCat(R"({"text":")", text.substr(0, size), R"("})"));

    const auto pushed = api.Push(app, "Too large");

    EXPECT_THAT(pushed, StatusIs(StatusCode::kFailedPrecondition, "REMOTE_REJECTED"));
    EXPECT_THAT(std::string(pushed.status().message()), HasSubstr("HTTP 413"));
    ASSERT_OK_AND_ASSIGN(const auto operation, api.LastOperation(app.app_id));
    EXPECT_EQ(operation.state(), v1::OPERATION_STATE_FAILED);
    EXPECT_EQ(operation.error_reason(), "REMOTE_REJECTED");
  }
  EXPECT_THAT(gitsync.remote().Head(), IsEmpty());
}

TEST(HttpsTest, ProxyOfTheEnvironmentIsUsedAndSeesNoToken) {
  GitHost host(Transport::kHttps);
  TestRemote remote;
  TestTlsServer proxy({}, [&host](TestConnection& connection) {
    connection.ReadHead();
    connection.Send("HTTP/1.1 200 Connected\r\n\r\n");
    connection.Tunnel(host.port());
  });
  const std::string proxy_url = absl::StrCat("http://127.0.0.1:", proxy.port());
  GitsyncdProcess server({.environment = {absl::StrCat("HTTPS_PROXY=", proxy_url)},
                          .allow_private_remotes = false});
  Api api(server.endpoint(), server.AdminToken());
  const std::string organization_id = api.CreateOrganization("behind a proxy");
  ASSERT_OK(api.ConfigureHttpsToken(organization_id, host.UrlOf(remote.path()),
                                    [&](auto& request) {
                                      request.set_username(GitHost::kUser);
                                      request.set_token(GitHost::kToken);
                                      request.set_ca_certificate(host.CaCertificate());
                                    }));

  EXPECT_OK(api.Finalize(organization_id));

  EXPECT_THAT(proxy.Received(), HasSubstr("CONNECT 127.0.0.1:"));
  EXPECT_THAT(proxy.Received(), Not(HasSubstr("Authorization")));
}

TEST(HttpsTest, PrivateAddressIsRefusedUnlessAllowed) {
  GitHost host(Transport::kHttps);
  TestRemote remote;
  GitsyncdProcess server({.allow_private_remotes = false});
  Api api(server.endpoint(), server.AdminToken());
  const std::string organization_id = api.CreateOrganization("inside");
  ASSERT_OK(api.ConfigureHttpsToken(organization_id, host.UrlOf(remote.path()),
                                    [](auto& request) { request.set_token("token"); }));

  EXPECT_THAT(api.Finalize(organization_id),
              StatusIs(StatusCode::kPermissionDenied, "REMOTE_ADDRESS_REFUSED"));
  EXPECT_EQ(host.nginx()->Connections(), 0);
}

// The token as it is given, and as HTTP has it.
TEST(HttpsTest, TokenIsInNoFileLogOrError) {
  Installation gitsync(
      {.transport = Transport::kHttps, .server = {.flags = {"--log_level=debug"}}});
  Api& api = gitsync.api();
  const AppAndVersion app = api.CreateApp(gitsync.dev(), "Shop", kDefinition);
  ASSERT_OK(api.Push(app, "Add"));
  std::string said;
  const auto fail = [&](const std::string& what) {
    ASSERT_OK(api.UpdateDefinition(app, absl::StrCat(R"({"n":")", what, R"("})")));
    const auto pushed = api.Push(app, what);
    EXPECT_FALSE(pushed.ok()) << what;
    absl::StrAppend(&said, pushed.status().ToString(), "\n");
    ASSERT_OK_AND_ASSIGN(const auto operation, api.LastOperation(app.app_id));
    absl::StrAppend(&said, operation.DebugString(), "\n");
  };
  // The remote itself must not bring it back.
  gitsync.remote().SetHook("pre-receive",
                           "#!/bin/sh\nenv >&2\ncat /proc/$PPID/environ >&2\nexit 1\n");
  fail("hook");
  gitsync.remote().SetHook("pre-receive", "#!/bin/sh\nexit 0\n");
  gitsync.remote().Git({"config", "http.receivepack", "false"});
  fail("read-only");
  gitsync.host().Stop();
  fail("down");

  const std::string token = GitHost::kToken;
  const std::string basic =
      absl::Base64Escape(absl::StrCat(GitHost::kUser, ":", token));
  for (const std::string& secret : {token, basic}) {
    EXPECT_THAT(said, Not(HasSubstr(secret)));
    EXPECT_THAT(gitsync.server().Log(), Not(HasSubstr(secret)));
    for (const auto& entry :
         std::filesystem::recursive_directory_iterator(gitsync.server().data_dir())) {
      if (!entry.is_regular_file()) continue;
      std::ifstream file(entry.path(), std::ios::binary);
      const std::string content(std::istreambuf_iterator<char>(file), {});
      EXPECT_FALSE(absl::StrContains(content, secret)) << entry.path();
    }
  }
  EXPECT_THAT(said, HasSubstr("HTTP 403"));
}

}  // namespace
}  // namespace gitsync
