// Logins to a host that counts those that fail: Debian 13's sshd with its own settings.
//
// GITSYNC_LOGIN_ORGANIZATIONS and GITSYNC_LOGIN_SECONDS in the environment make the
// last test longer; GITSYNC_LOGIN_USUAL_STARTUPS=1 leaves sshd its own MaxStartups.

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <atomic>
#include <iostream>
#include <map>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "tests/integration/installation.h"
#include "tests/integration/push_load.h"
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
    const std::string missing = ForeignSshServer::WhyMissing("openssh10");
    if (!missing.empty()) GTEST_SKIP() << missing;
    server_ = std::make_unique<ForeignSshServer>("openssh10", options_);
  }

  // An organization whose key the server knows, or not. Not finalized.
  std::string Configure(const std::string& name, bool authorize,
                        const std::string& branch = "master") {
    const std::string organization_id = api_->CreateOrganization(name);
    const auto config = api_->ConfigureSsh(
        organization_id,
        absl::StrCat("ssh://root@127.0.0.1:", server_->port(), remote_.path()),
        [&branch](auto& request) { request.set_branch_name(branch); });
    EXPECT_OK(config);
    if (config.ok() && authorize) server_->Authorize(config->ssh().public_key());
    if (config.ok()) public_keys_[organization_id] = config->ssh().public_key();
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

  std::string options_;                             // of sshd_config
  std::map<std::string, std::string> public_keys_;  // by organization
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

// A tenth of all organizations have had their keys removed, and are used as before.
class RefusedTenthTest : public LoginRationTest {
 protected:
  RefusedTenthTest() {
    options_ = "LogLevel VERBOSE\n";
    // So that the penalties alone are what may refuse us.
    if (!usual_startups_) options_ += "MaxStartups 200:30:400\n";
  }

  // An organization with a branch of its own, and its app.
  std::pair<std::string, AppAndVersion> MakeApp(unsigned number) {
    const std::string organization_id =
        Configure(absl::StrCat("organization ", number), /*authorize=*/true,
                  absl::StrCat("branch-", number));
    EXPECT_OK(api_->Finalize(organization_id));
    return {organization_id, api_->CreateApp(organization_id, "Shop", kDefinition)};
  }

  // Until the time is over: what organizations do whose keys are refused.
  void UseInVain(const std::vector<std::pair<std::string, AppAndVersion>>& apps) {
    for (size_t i = 0; absl::Now() < end_; ++i) {
      const auto& [organization_id, app] = apps[i % apps.size()];
      v1::TestGitConnectionRequest test;
      test.set_organization_id(organization_id);
      const auto tested =
          api_->client().Call(&v1::GitConfigService::Stub::TestGitConnection, test);
      EXPECT_FALSE(tested.ok() && tested->ok());
      EXPECT_FALSE(api_->Pull(app.app_id).ok());
      EXPECT_FALSE(api_->Push(app, "In vain").ok());
    }
  }

  const unsigned organizations_ = FromEnvironment("GITSYNC_LOGIN_ORGANIZATIONS", 20);
  const unsigned seconds_ = FromEnvironment("GITSYNC_LOGIN_SECONDS", 15);
  // sshd drops connections then, however few fail, and pushes may fail by that.
  const bool usual_startups_ = FromEnvironment("GITSYNC_LOGIN_USUAL_STARTUPS", 0) != 0;
  absl::Time end_;
};

TEST_F(RefusedTenthTest, LosesNobodyElseAPush) {
  std::vector<std::pair<std::string, AppAndVersion>> bad, good;
  // Other branches begin at this one.
  const std::string first = Configure("first", /*authorize=*/true);
  ASSERT_OK(api_->Finalize(first));
  ASSERT_OK(api_->Push(api_->CreateApp(first, "Shop", kDefinition), "First"));
  for (unsigned i = 0; i < organizations_; ++i) {
    (i % 10 == 0 ? bad : good).push_back(MakeApp(i));
  }
  server_->ForbidAll();
  for (const auto& [organization_id, app] : bad) public_keys_.erase(organization_id);
  for (const auto& [organization_id, key] : public_keys_) server_->Authorize(key);
  // No session is left.
  Restart();
  end_ = absl::Now() + absl::Seconds(seconds_);

  std::vector<std::thread> threads;
  std::atomic<int> pushes = 0, failed = 0;
  constexpr size_t kPushers = 8;
  for (size_t i = 0; i < 2; ++i) threads.emplace_back([&] { UseInVain(bad); });
  for (size_t i = 0; i < kPushers; ++i) {
    threads.emplace_back([&, i] {
      for (size_t next = i; absl::Now() < end_; next += kPushers) {
        const AppAndVersion& app = good[next % good.size()].second;
        const std::string text = absl::StrCat("{\"number\":", next, "}");
        EXPECT_OK(api_->UpdateDefinition(app, text));
        const auto pushed = api_->Push(app, absl::StrCat("Push ", next));
        if (!usual_startups_) {
          EXPECT_OK(pushed);
        }
        ++(pushed.ok() ? pushes : failed);
      }
    });
  }
  for (std::thread& thread : threads) thread.join();

  std::cout << absl::Now() - end_ << " late, " << pushes << " pushes and " << failed
            << " that failed, beside " << bad.size() << " organizations of "
            << organizations_ << " whose keys are refused" << std::endl;
  EXPECT_GT(pushes, 0);
  EXPECT_THAT(server_->Log(), Not(HasSubstr("activating")));
  if (!usual_startups_) {
    EXPECT_THAT(server_->Log(), Not(HasSubstr("drop connection")));
  }
}

}  // namespace
}  // namespace gitsync
