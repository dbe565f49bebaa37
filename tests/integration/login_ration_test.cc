// Logins to a host that counts those that fail: Debian 13's sshd with its own settings.

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "absl/strings/str_cat.h"
#include "tests/integration/installation.h"
#include "tests/support/foreign_ssh_server.h"

namespace gitsync {
namespace {

using absl::StatusCode;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Not;

class LoginRationTest : public ::testing::Test {
 protected:
  void SetUp() override {
    if (getuid() != 0) GTEST_SKIP() << "Debian 13's sshd is for root alone";
    server_ = std::make_unique<ForeignSshServer>("openssh10");
  }

  // An organization whose key the server knows, or not. Not finalized.
  std::string Configure(const std::string& name, bool authorize) {
    const std::string organization_id = api_->CreateOrganization(name);
    const auto config = api_->ConfigureSsh(
        organization_id,
        absl::StrCat("ssh://root@127.0.0.1:", server_->port(), remote_.path()),
        [](auto& request) { request.set_branch_name("master"); });
    EXPECT_OK(config);
    if (config.ok() && authorize) server_->Authorize(config->ssh().public_key());
    return organization_id;
  }

  // Logs in from here with a key that the server does not know.
  void LogInInVain() {
    RunCommand({"ssh", "-F", "none", "-i", key_file_, "-o", "IdentitiesOnly=yes", "-o",
                "BatchMode=yes", "-o", "StrictHostKeyChecking=no", "-o",
                "UserKnownHostsFile=/dev/null", "-p", absl::StrCat(server_->port()),
                "root@127.0.0.1", "true"});
  }

  void Restart() {
    gitsyncd_.Restart();
    api_ = std::make_unique<Api>(gitsyncd_.endpoint(), gitsyncd_.AdminToken());
  }

  TestRemote remote_;
  TempDir dir_;
  std::string key_file_ = dir_ / "key";
  std::unique_ptr<ForeignSshServer> server_;
  GitsyncdProcess gitsyncd_;
  std::unique_ptr<Api> api_ =
      std::make_unique<Api>(gitsyncd_.endpoint(), gitsyncd_.AdminToken());
};

TEST_F(LoginRationTest, WrongKeysOfOthersTakeTheHostFromNobody) {
  const std::string good = Configure("good", /*authorize=*/true);
  std::vector<std::thread> others;
  for (int i = 0; i < 3; ++i) {
    const std::string bad = Configure(absl::StrCat("bad ", i), /*authorize=*/false);
    others.emplace_back([this, bad] {
      for (int j = 0; j < 2; ++j) {
        EXPECT_THAT(api_->Finalize(bad),
                    StatusIs(StatusCode::kUnauthenticated, "REMOTE_AUTH_FAILED"));
      }
    });
  }

  // Each logs in anew.
  for (int i = 0; i < 5; ++i) EXPECT_OK(api_->Finalize(good));
  for (std::thread& other : others) other.join();
  EXPECT_OK(api_->Finalize(good));

  EXPECT_THAT(server_->Log(), Not(HasSubstr("penalty"))) << server_->Log();
}

TEST_F(LoginRationTest, PushWaitsForAHostThatOthersMadeRefuseUs) {
  const std::string organization_id = Configure("dev", /*authorize=*/true);
  ASSERT_OK(api_->Finalize(organization_id));
  const AppAndVersion app = api_->CreateApp(organization_id, "Shop", kDefinition);
  // No session is left, and it is known all the same that the key works.
  Restart();
  const TestSshKey wrong = TestSshKey::Generate("ed25519");
  WriteTestFile(key_file_, wrong.private_key);
  ASSERT_EQ(chmod(key_file_.c_str(), 0600), 0);
  std::vector<std::thread> others;
  for (int i = 0; i < 8; ++i) others.emplace_back([this] { LogInInVain(); });
  for (std::thread& other : others) other.join();
  // It says so of the next one.
  LogInInVain();
  ASSERT_THAT(server_->Log(), HasSubstr("penalty")) << server_->Log();

  const auto tested = api_->Finalize(organization_id);
  EXPECT_THAT(tested, StatusIs(StatusCode::kUnavailable, "REMOTE_UNREACHABLE"));
  EXPECT_THAT(std::string(tested.status().message()),
              HasSubstr("refuses connections from this address for a while"));
  EXPECT_OK(api_->Push(app, "In spite of it"));

  EXPECT_THAT(remote_.Log(), ElementsAre("In spite of it"));
}

}  // namespace
}  // namespace gitsync
