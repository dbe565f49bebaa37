// The main job over HTTPS before each web server that Debian has for it.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdint>
#include <memory>
#include <string>

#include "absl/strings/str_cat.h"
#include "tests/integration/installation.h"
#include "tests/support/test_nginx.h"
#include "tests/support/test_web_server.h"

namespace gitsync {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

enum class Server { kApache, kLighttpd, kNginxHttp2, kHaproxy };

struct Row {
  const char* name;
  Server server;
};

class HttpsServersTest : public ::testing::TestWithParam<Row> {
 protected:
  HttpsServersTest() : api_(gitsyncd_.endpoint(), gitsyncd_.AdminToken()) {
    constexpr char kName[] = "team/apps.git";
    switch (GetParam().server) {
      case Server::kApache:
      case Server::kLighttpd:
      case Server::kHaproxy:
        web_ = std::make_unique<TestWebServer>(GetParam().server == Server::kApache
                                                   ? TestWebServer::Kind::kApache
                                                   : TestWebServer::Kind::kLighttpd,
                                               ca_.Issue());
        web_->Serve(kName, remote_.path());
        url_ = web_->Url(kName);
        if (GetParam().server == Server::kHaproxy) {
          haproxy_ = std::make_unique<TestHaproxy>(web_->port(), ca_.Issue());
          url_ = absl::StrCat("https://127.0.0.1:", haproxy_->port(), "/git/", kName);
        }
        break;
      case Server::kNginxHttp2:
        nginx_ =
            std::make_unique<TestNginx>(TestNginxOptions{.certificate = ca_.Issue()});
        nginx_->Serve(kName, remote_.path());
        url_ = nginx_->Http2Url(kName);
        break;
    }
  }

  std::string Connect(const std::string& name) {
    const std::string organization = api_.CreateOrganization(name);
    EXPECT_OK(api_.ConfigureHttpsToken(organization, url_, [&](auto& request) {
      request.set_branch_name("master");
      request.set_username("user");
      request.set_token("token");
      request.set_ca_certificate(ca_.certificate());
    }));
    const auto finalized = api_.Finalize(organization);
    EXPECT_OK(finalized) << (web_ == nullptr ? nginx_->Errors() : web_->Errors());
    EXPECT_TRUE(finalized.ok() && finalized->can_write());
    return organization;
  }

  // One that a push of does not fit into a request that is sent at once.
  static std::string LargeDefinition() {
    std::string text;
    for (uint32_t i = 1; text.size() < (4 << 20); ++i) {
      absl::StrAppend(&text, i * 2654435761u);
    }
    return absl::StrCat(R"({"pages":[{"name":"Large"}],"text":")", text, R"("})");
  }

  const TestCa ca_;
  TestRemote remote_;
  std::unique_ptr<TestWebServer> web_;
  std::unique_ptr<TestHaproxy> haproxy_;
  std::unique_ptr<TestNginx> nginx_;
  std::string url_;
  GitsyncdProcess gitsyncd_;
  Api api_;
};

TEST_P(HttpsServersTest, MainJobWorks) {
  const std::string dev = Connect("dev");
  const AppAndVersion ours = api_.CreateApp(dev, "Shop", kDefinition);
  ASSERT_OK_AND_ASSIGN(const auto pushed, api_.Push(ours, "Add the shop"));
  EXPECT_EQ(pushed.commit_id(), remote_.Head());

  const std::string staging = Connect("staging");
  ASSERT_OK_AND_ASSIGN(const auto imported, api_.Import(staging, ours.git_app_id));
  EXPECT_EQ(imported.commit_id(), pushed.commit_id());
  const std::string theirs = imported.app().id();

  ASSERT_OK(api_.UpdateDefinition(ours, LargeDefinition()));
  ASSERT_OK_AND_ASSIGN(const auto changed, api_.Push(ours, "Add text"));
  EXPECT_EQ(changed.commit_id(), remote_.Head());

  ASSERT_OK_AND_ASSIGN(const auto updates, api_.CheckForUpdates(theirs));
  EXPECT_TRUE(updates.update_available());
  ASSERT_OK_AND_ASSIGN(const auto pulled, api_.Pull(theirs));
  EXPECT_EQ(pulled.commit_id(), changed.commit_id());
  ASSERT_OK_AND_ASSIGN(const auto promoted, api_.Promote(theirs));
  EXPECT_TRUE(promoted.changed());
  ASSERT_OK_AND_ASSIGN(const auto release, api_.GetRelease(theirs, "production"));
  EXPECT_THAT(release.version().definition(), HasSubstr("Large"));
  EXPECT_THAT(remote_.Log(), ElementsAre("Add text", "Add the shop"));
  EXPECT_TRUE(remote_.FsckClean());
  if (nginx_ != nullptr) {
    EXPECT_THAT(nginx_->Log(), HasSubstr("HTTP/2.0 POST"));
  }
}

INSTANTIATE_TEST_SUITE_P(Before, HttpsServersTest,
                         ::testing::Values(Row{"Apache", Server::kApache},
                                           Row{"Lighttpd", Server::kLighttpd},
                                           Row{"NginxHttp2", Server::kNginxHttp2},
                                           Row{"Haproxy", Server::kHaproxy}),
                         [](const auto& row) { return row.param.name; });

}  // namespace
}  // namespace gitsync
